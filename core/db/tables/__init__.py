"""All tables in one place, so that foreign keys do not make features import each other."""

from core.db.tables.aftercare import Aftercare, AftercareAnswer, AftercareKind, AftercareOutcome
from core.db.tables.base import Base
from core.db.tables.consultation_figures import ConsultationFigure
from core.db.tables.facility import Facility, FacilityDepartment, FacilityKind
from core.db.tables.handoff import (
    SafetyEvent,
    SafetyOutcome,
    Thread,
    ThreadOutcome,
    ThreadStatus,
    ToldSince,
    Urgency,
)
from core.db.tables.inbound import EventOutcome, LineEvent
from core.db.tables.outgoing import Lane, Outbox, OutboxStatus, Timer, TimerOutcome
from core.db.tables.people import Conversation, MunicipalityRow, Owner, Resident
from core.db.tables.retired import RETIRED
from core.db.tables.scheduler import scheduler_job
from core.db.tables.shop import RegisteredShop, ShopVisit
from core.db.tables.staff import (
    AuditEntry,
    Profession,
    RecoveryCode,
    Role,
    SignInFailures,
    Staff,
    StaffMunicipality,
    StaffSession,
)
from core.db.tables.talk import Media, MediaChunk, MediaStatus, Speaker, Tombstone, Utterance

__all__ = [
    "RETIRED",
    "Aftercare",
    "AftercareAnswer",
    "AftercareKind",
    "AftercareOutcome",
    "AuditEntry",
    "Base",
    "ConsultationFigure",
    "Conversation",
    "EventOutcome",
    "Facility",
    "FacilityDepartment",
    "FacilityKind",
    "Lane",
    "LineEvent",
    "Media",
    "MediaChunk",
    "MediaStatus",
    "MunicipalityRow",
    "Outbox",
    "OutboxStatus",
    "Owner",
    "Profession",
    "RecoveryCode",
    "RegisteredShop",
    "Resident",
    "Role",
    "SafetyEvent",
    "SafetyOutcome",
    "ShopVisit",
    "SignInFailures",
    "Speaker",
    "Staff",
    "StaffMunicipality",
    "StaffSession",
    "Thread",
    "ThreadOutcome",
    "ThreadStatus",
    "Timer",
    "TimerOutcome",
    "ToldSince",
    "Tombstone",
    "Urgency",
    "Utterance",
    "scheduler_job",
]
