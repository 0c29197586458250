"""From a figure to the requests behind it, which give exactly that figure again."""
