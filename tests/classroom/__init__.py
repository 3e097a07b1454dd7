"""A class: a teacher's page, a student's page, and many more who look on, with real pictures.

`python3 dev.py classroom` holds it, and prints what it has measured.

- `audience` is the process of those who look on, which does what it is told.
- `screen` is a page in a real browser, and when it shows what.
- `room` has the server, what it uses, and everybody who has come in.
- `lesson` is what happens, in the order of its parts.
"""
