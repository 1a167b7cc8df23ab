/* One capture, in the child. */
#pragma once

#include "capture/order.h"

/* The child's whole life. */
_Noreturn void capture_child(const CaptureOrder *order, CaptureReport *report);
