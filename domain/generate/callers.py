"""Who calls: citizens with valid national ids and mobiles, some of them more than once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from random import Random

from domain import service
from domain.generate.names import MOBILE_PREFIXES
from domain.generate.rows import CallRow, CheckRow, CitizenRow, NumberRow
from domain.generate.staffing import person_name
from domain.generate.write import Batch
from domain.identity import CODE_LIFE
from domain.national_id import check_digit
from models import Case, Citizen, Contact
from models.enums import Language

_AGAIN = 0.1
_REMEMBERED = 4000
_LANGUAGES = {
    Language.PERSIAN: 84,
    Language.AZERI: 8,
    Language.KURDISH: 4,
    Language.ARABIC: 3,
    Language.ENGLISH: 1,
}
"""Of a hundred citizens so many choose each."""
_WANT_VOICE = 0.03


class Callers:
    """Makes citizens and remembers them; no national id or mobile is given twice."""

    def __init__(self, rng: Random, indexes: set[str], mobiles: set[str]) -> None:
        self._rng = rng
        self._indexes = indexes
        self._mobiles = mobiles
        self._known: list[CitizenRow] = []
        self._vault = service.current().vault

    @classmethod
    async def load(cls, rng: Random) -> Callers:
        """Beside those that the database knows."""
        indexes = await Citizen.all().values_list("national_id_index", flat=True)
        mobiles = {str(mobile) for mobile in await Contact.all().values_list("mobile", flat=True)}
        mobiles |= {
            str(mobile) for mobile in await Case.all().distinct().values_list("mobile", flat=True)
        }
        return cls(rng, {str(index) for index in indexes}, mobiles)

    def someone(self, moment: datetime, batch: Batch) -> CitizenRow:
        """A citizen who calls at `moment`: mostly a new one."""
        if self._known and self._rng.random() < _AGAIN:
            known = self._rng.choice(self._known)
            if not known.opted_out and known.created_at < moment:
                return known
        citizen = self._new(moment)
        batch.add(citizen)
        batch.add(_number(citizen))
        self._remember(citizen)
        return citizen

    def _new(self, moment: datetime) -> CitizenRow:
        identity, index = self._identity()
        mobile = self.mobile()
        return CitizenRow(
            name=person_name(self._rng),
            national_id_sealed=self._vault.seal(identity),
            national_id_index=index,
            created_at=moment,
            mobile=mobile,
            language=_own(mobile).choices(list(_LANGUAGES), list(_LANGUAGES.values()))[0],
        )

    def _identity(self) -> tuple[str, str]:
        while True:
            first_nine = f"{self._rng.randrange(1_000_000, 650_000_000):09}"
            identity = f"{first_nine}{check_digit(first_nine)}"
            index = self._vault.index(identity)
            if index not in self._indexes and len(set(identity)) > 1:
                self._indexes.add(index)
                return identity, index

    def mobile(self) -> str:
        while True:
            prefix = self._rng.choice(MOBILE_PREFIXES)
            number = f"+98{prefix}{self._rng.randrange(1_000_000, 10_000_000)}"
            if number not in self._mobiles:
                self._mobiles.add(number)
                return number

    def _remember(self, citizen: CitizenRow) -> None:
        if len(self._known) < _REMEMBERED:
            self._known.append(citizen)
        else:
            self._known[self._rng.randrange(_REMEMBERED)] = citizen


def _number(citizen: CitizenRow) -> NumberRow:
    voice = _own(citizen.mobile).random() > 1 - _WANT_VOICE
    return NumberRow(
        mobile=citizen.mobile,
        language=citizen.language,
        voice=voice,
        created_at=citizen.created_at,
    )


def _own(mobile: str) -> Random:
    """Chance of a number's own: how its owner is spoken to changes nothing else in the story."""
    return Random(mobile)  # noqa: S311


def call(rng: Random, caller: str, registered: datetime, now: datetime, operator: int) -> CallRow:
    """The call in which something was registered at `registered`."""
    answered = registered - timedelta(seconds=rng.uniform(180, 540))
    ended = min(registered + timedelta(seconds=rng.uniform(10, 60)), now)
    return CallRow(
        call_id=f"generated-{secrets.token_hex(8)}",
        caller=caller,
        ringing_at=answered - timedelta(seconds=rng.uniform(3, 40)),
        answered_at=answered,
        ended_at=ended,
        operator_id=operator,
        updated_at=ended,
    )


def check(rng: Random, made: CallRow, citizen: CitizenRow) -> CheckRow:
    """The one-time code that proved who called."""
    sent = made.answered_at + timedelta(seconds=rng.uniform(20, 60))
    return CheckRow(
        call=made,
        citizen=citizen,
        mobile=citizen.mobile,
        created_at=sent,
        expires_at=sent + CODE_LIFE,
        verified_at=sent + timedelta(seconds=rng.uniform(15, 60)),
    )
