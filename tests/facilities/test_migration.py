"""Test that hours imported before `facility_department` existed are migrated."""

import uuid
from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, make_url, text

from bot.up.test_servers import Servers
from core.db.upgrade import alembic_config


@pytest.fixture
def empty(running_servers: Servers) -> Iterator[Engine]:
    name = f"test_{uuid.uuid4().hex}"
    owner = make_url(running_servers.owner_url)
    admin = create_engine(
        make_url(running_servers.superuser_url).set(database="postgres"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f"create database {name} owner {owner.username} template template0"))
    engine = create_engine(owner.set(database=name))
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    admin.dispose()


OLD = """
insert into municipality (id, name) values ('iwaki', 'いわき市');
insert into facility (id, municipality_id, kind, name, name_kana, address, data_date, imported_at)
values ('0729990000001', 'iwaki', 'clinic', 'デモ内科', '', '', '2026-06-01', '2026-06-02T00:00:00Z');
insert into facility_hours (facility_id, department_code, department, weekday, opens, closes, is_reception) values
('0729990000001', '01001', '内科', 0, 540, 720, false), ('0729990000001', '01001', '内科', 1, 840, 1500, false),
('0729990000001', '01001', '内科', 0, 540, 690, true), ('0729990000001', '06001', '皮膚科', 0, null, null, false);
"""


def test_intervals_become_sets_of_minutes(empty: Engine) -> None:
    with empty.connect() as connection:
        command.upgrade(alembic_config(connection), "0003")
        for statement in OLD.strip().split(";\n"):
            connection.execute(text(statement))
        connection.commit()
        command.upgrade(alembic_config(connection), "0004")
        connection.commit()
        found = connection.execute(
            text("select name, times::text, reception::text from facility_department order by name")
        ).all()
    assert [tuple(row) for row in found] == [
        ("内科", "{[540,720),[3720,4380)}", "{[540,690)}"),
        ("皮膚科", "{}", "{}"),
    ]
