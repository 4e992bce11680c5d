"""The corpus's maker: stories of which the exact probability is known.

Reading order: words.txt and stories/*.txt (what may be said), grammar.py (how those files are
read), telling.py (the Writer and the Reader), questions.py, files.py. No block imports it.
"""
