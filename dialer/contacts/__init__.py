"""People to call: files read, checked row by row, and stored all together or not at all."""
