"""Load driver that measures container registries and compares them side by side; `python -m bench --help` explains it."""
