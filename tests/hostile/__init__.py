"""Bad input at a real server: what it does to whoever sends it, and that it does nothing else.

Run with -s, these tests end with a table: what was sent on which wire, how often, and what came
of it. In full, outside of CI (minutes, and as many open files as connections):

    COLLAB_FUZZ=100000 COLLAB_CROWD=10000 pytest tests/hostile -s

`atheris_fuzz.py` looks for more, guided by what the code does with each input.
"""
