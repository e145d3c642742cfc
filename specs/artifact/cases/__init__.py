"""Cases for the artifact scanner: one positive and one near miss a technique, made on the fly.

Every payload does one thing: it makes the file named by MARKER in the working folder.
"""
