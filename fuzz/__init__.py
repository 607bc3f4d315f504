"""Fuzzing: what can be given to the library as text is given to it broken, by the million.

Only the library's own errors may come out, and soon. `targets` says what is called with an
input, `mutation` breaks trees, `corpus` keeps the inputs, `guided` is the fuzzer that looks at
which lines run; `python -m fuzz` runs it.
"""
