/* The stem that the names of a snapshot's files share: HOST-PID-SEQUENCE-UTCTIME, or what the caller chose. */
#ifndef HEAPDIFF_STEM_H
#define HEAPDIFF_STEM_H

enum { STEM_MOST = 200 };

#endif
