"""Two films of several people at work, for whoever wonders what this is: `python3 dev.py tour`.

Everything in them is real: servers are processes of their own, each participant is a client that
knows nothing but an address, and each picture is what that participant was sent. Only the words
around the pictures are drawn here.
"""
