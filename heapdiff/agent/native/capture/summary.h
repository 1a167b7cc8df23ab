/* The JSON texts of a snapshot: `NAME.json`, and the INFO and MEMO sections. */
#pragma once

#include "capture/order.h"
#include "types/tables.h"
#include "write/json.h"

void summary_info(Text *text, const CaptureOrder *order, const CaptureReport *report);
void summary_memory(Text *text, const CaptureOrder *order, const CaptureReport *report);

typedef struct {
    bool present;
    uint64_t bytes;
    uint32_t crc;
} GraphFacts;

void summary_write(Text *text, const CaptureOrder *order, const CaptureReport *report, Tables *tables, GraphFacts graph);
