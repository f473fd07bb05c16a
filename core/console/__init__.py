"""The shell of the staff web: accounts, sessions, roles, audit, layout, and the protocols of features."""

from core.console.accounts import NewStaff, add_staff, current_code
from core.console.app import make_console
from core.console.deps import ConsoleDeps, Visitor
from core.console.protocols import Command, Feature, Nav, NavItem, Panel

__all__ = [
    "Command",
    "ConsoleDeps",
    "Feature",
    "Nav",
    "NavItem",
    "NewStaff",
    "Panel",
    "Visitor",
    "add_staff",
    "current_code",
    "make_console",
]
