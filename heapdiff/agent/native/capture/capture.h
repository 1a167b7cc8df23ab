/* One capture, in the child. */
#ifndef HEAPDIFF_CAPTURE_H
#define HEAPDIFF_CAPTURE_H

#include "capture/order.h"

/* The child's whole life. */
_Noreturn void capture_child(const CaptureOrder *order, CaptureReport *report);

#endif
