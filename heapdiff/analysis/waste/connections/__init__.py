"""What a worker has open, and what it makes again and again: clients, connections, files, sessions of databases."""

from heapdiff.analysis.waste.connections.checked_out import find_checked_out
from heapdiff.analysis.waste.connections.client_per_request import find_clients_per_request
from heapdiff.analysis.waste.connections.open_connections import find_open_connections
from heapdiff.analysis.waste.connections.open_files import find_open_files
from heapdiff.analysis.waste.connections.unclosed_sessions import find_unclosed_sessions

HEAP_RULES = (
    find_clients_per_request,
    find_open_connections,
    find_open_files,
    find_checked_out,
    find_unclosed_sessions,
)
