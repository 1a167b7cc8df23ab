// node dominators.js FILE.heapsnapshot OUT: what memlab computes of each node, in the order of the file, into OUT.idom (u32, the
// nearest dominator's place, 2**32 - 1 where there is none) and OUT.retained (u64).
'use strict';
const fs = require('fs');
const {getFullHeapFromFile} = require('@memlab/heap-analysis');

async function main([file, out]) {
  const {nodes} = await getFullHeapFromFile(file);
  const places = new Map();
  nodes.forEach((node, place) => { places.set(node.id, place); });
  const idom = new Uint32Array(nodes.length);
  const retained = new BigUint64Array(nodes.length);
  nodes.forEach((node, place) => {
    const above = node.dominatorNode;
    idom[place] = above ? places.get(above.id) : 0xffffffff;
    retained[place] = BigInt(node.retainedSize);
  });
  fs.writeFileSync(`${out}.idom`, idom);
  fs.writeFileSync(`${out}.retained`, retained);
}

main(process.argv.slice(2));
