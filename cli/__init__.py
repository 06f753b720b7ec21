"""Commands for people: the operator's (``bin/parley``) and the developer's (``bin/dev``)."""
