/* One client of the socket: who may ask, what his line says, and the line of JSON that answers it. */
#pragma once

/* Reads a line and answers it, within a second. The descriptor stays the caller's. */
void client_attend(int client);
