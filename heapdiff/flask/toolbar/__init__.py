"""The panel for Flask-DebugToolbar: what a request left behind. Needs the extra `toolbar`; only the toolbar imports it.

Nothing here raises into the app; what can't be done is one sentence in the panel.
"""

from heapdiff.flask.toolbar.panel import HeapDiffPanel

__all__ = ["HeapDiffPanel"]
