# The README's first command, as typed, in a fresh copy: it ends with 0 only when it finds the planted leaks.
source "$ROOT/.ci/setup.sh"
need_compiler
command=$(readme_command leaky_shop)
cd "$(fresh readme-sample)"
echo "$ $command"
bash -c "$command"
