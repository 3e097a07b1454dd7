"""A crowd at work: real servers, real clients in processes of their own, and everything that
happens to them. `python3 dev.py crowd --minutes 10` lets it work for long.

- `member` is one client's process, which does what a seed tells it to.
- `witness` sees every event of a session, and holds it against what members were told.
- `seats` has who they are, and `score` what they said.
- `conductor` starts everybody, disturbs them, and now and then lets them rest and compare.
"""
