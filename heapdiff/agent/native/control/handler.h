/* The signal that asks for a snapshot: its handler only counts and wakes the watcher. */
#pragma once

typedef enum { ARM_IF_FREE, ARM_OVER, ARM_BESIDE } ArmHow;
typedef enum { ARM_ARMED, ARM_ALREADY, ARM_TAKEN, ARM_ERROR } ArmResult;

/* What would become of arming it: ARM_ARMED or ARM_ALREADY when it can be, which changes nothing yet. */
ArmResult handler_look(int signal_number, ArmHow how);
/* Installs the handler; the watcher runs. Somebody else's is left alone, replaced, or (ARM_BESIDE) called by ours with
   every signal. */
ArmResult handler_arm(int signal_number, ArmHow how);
/* The signal whose handler is ours, in place, and watched in this process; 0 when there is none. */
int handler_armed(void);
void handler_give_back(void);
/* Servers reset handlers when a worker starts, after our at-fork hook ran. */
void handler_repair(void);
/* In a process that was forked from an armed one: answer its signals too. */
void handler_adopt(void);
/* Signals since the last call; async-signal-safe on the other side. */
unsigned handler_take_pending(void);
