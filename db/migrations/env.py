"""Run by alembic on the connection it is given, inside the caller's transaction."""

from alembic import context

from db import models as _models  # noqa: F401  (so that ``Base`` knows all tables)
from db.base import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",  # SQLite cannot alter a table, only copy it
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
