/* One capture, in the child; or without one. */
#pragma once

#include "capture/order.h"

/* The child's whole life. */
_Noreturn void capture_child(const CaptureOrder *order, CaptureReport *report);
/* Without a child: what is known of the process's memory, and no object. False with errno. */
bool capture_figures(const CaptureOrder *order, CaptureReport *report, int directory);
