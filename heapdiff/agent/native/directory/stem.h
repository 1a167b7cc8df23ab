/* The names of a snapshot's files: their stem is HOST-PID-SEQUENCE-UTCTIME, or what the caller chose. */
#pragma once

#define SUMMARY_SUFFIX ".json"
#define GRAPH_SUFFIX ".heap"
/* Of a file that is being written; a dot stands before its stem. */
#define PARTIAL_SUFFIX ".partial"

/* What an agent says about itself, by its process's identity: PID-START-NAMESPACE-BOOT, or a number of an earlier version. */
#define RECORD_PREFIX ".agent-"

enum { STEM_MOST = 200, FILE_NAME_MOST = STEM_MOST + 32, IDENTITY_MOST = 64 };
