# Checks of the source that run with every build.
