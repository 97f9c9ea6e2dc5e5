# Installed files.
