"""The recipe of the model in the box: from permissively licensed packages to a GGUF file.

Never imported by `pylot`; `pip install .[training]` brings what it needs.
"""
