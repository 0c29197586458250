"""What the workflow says when it does not allow something."""


class TransitionRefused(Exception):
    """The workflow does not allow this now. The text says why, in the person's language."""
