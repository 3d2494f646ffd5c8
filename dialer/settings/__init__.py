"""The sections of ``config.yaml``, each with its limits and defaults."""
