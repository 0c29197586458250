"""PostgreSQL and Valkey from wheels, and the supervisor that runs the product on them.

For trying out, development and tests only: no app imports this package, and the
production image leaves it out.
"""
