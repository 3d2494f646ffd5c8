"""The supervisor's command line, one file per noun."""
