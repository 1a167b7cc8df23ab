/* A signal's handler, set in a child that was forked while other threads ran. */
#pragma once

/* On the alternate stack. The handler never returns: it jumps away or ends the process. */
void catch_signal(int number, void (*handler)(int));
