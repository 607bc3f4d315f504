"""`python -m rubric_engine` is the command `rubric`."""

from rubric_engine.command import main

if __name__ == "__main__":
    main()
