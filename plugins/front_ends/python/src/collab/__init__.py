"""Python scripting for shared sessions, by the names that ParaView's users know.

    from collab.simple import *
    from collab.collaboration import *

`collab.servermanager` has what lies beneath. Importing starts neither a server nor a renderer.
"""

__version__ = "0.1.0"
