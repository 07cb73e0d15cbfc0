"""The front end for people. The only room that imports Textual; it never runs or decides."""
