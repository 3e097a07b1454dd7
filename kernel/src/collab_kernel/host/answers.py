"""What becomes of a participant's question: refused, answered here, or put to the renderer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from collab_kernel.core.commands import AskQuery, Edit
from collab_kernel.core.definitions import Catalogue
from collab_kernel.core.files import FileRules
from collab_kernel.core.invitations import Invite, check_invite
from collab_kernel.core.measures import Status
from collab_kernel.core.queries import (
    Answer,
    AnyQuery,
    DescribeType,
    FetchBlob,
    ListFiles,
    OnlookerQuery,
    ReadLog,
    RenderImage,
    SaveData,
    ServerStatus,
)
from collab_kernel.core.state import State
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import (
    AuthenticationFailedError,
    InvalidValueError,
    NotAllowedError,
    RefusedError,
)
from collab_kernel.host.admission import Admission, Admitted, note_invitation
from collab_kernel.host.invitations import Invitations
from collab_kernel.host.listing import Listing
from collab_kernel.host.session import HostedSession
from collab_kernel.spi import Policy
from collab_kernel.wire.facts import encode_files
from collab_kernel.wire.invitations import encode_invitation
from collab_kernel.wire.log import encode_log
from collab_kernel.wire.status import encode_status
from collab_kernel.wire.values import encode_definition

log = logging.getLogger(__name__)


class Answers:
    """The answers of one server. files: which names may be asked for, by their text.
    status: of one session, or of all ("").
    """

    def __init__(
        self,
        policy: Policy,
        catalogue: Catalogue,
        files: FileRules,
        listing: Listing,
        invitations: Invitations,
        admission: Admission,
        status: Callable[[str], Status],
    ) -> None:
        self._policy = policy
        self._catalogue = catalogue
        self._files = files
        self._listing = listing
        self._invitations = invitations
        self._admission = admission
        self._status = status

    async def answer(
        self,
        session: HostedSession,
        participant: ParticipantId,
        admitted: Admitted,
        query: AnyQuery,
    ) -> Answer:
        """admitted: as whom they were let in. Raises RefusedError or RendererError."""
        state = session.state
        self._check(state, participant, type(query).__name__)
        if isinstance(query, OnlookerQuery):
            return self._known(session, admitted, query)
        if isinstance(query, ListFiles):
            self._files.check(state.name_of(participant), query.path)
            found = await self._listing.of(query.path, query.all)
            return Answer(state.revision, encode_files(found), format="files")
        if isinstance(query, Invite):
            return await self._invited(session, participant, admitted, query)
        if isinstance(query, SaveData):
            self._files.check_writing(state.name_of(participant), query.file_name)
        if isinstance(query, RenderImage):
            query = replace(query, stream=0)  # those are the server's: see `watching`
        return await session.query(query, participant)

    def answer_onlooker(
        self,
        session: HostedSession,
        state: State,
        id: ParticipantId,
        admitted: Admitted,
        query: AnyQuery,
    ) -> Answer:
        """To somebody who only asks. state: as if they had joined as `id`. Raises RefusedError."""
        if not isinstance(query, OnlookerQuery):
            raise NotAllowedError(
                state.name_of(id),
                f"ask that ({type(query).__name__})",
                "who only asks is answered from what the server knows: join for more",
            )
        self._check(state, id, type(query).__name__)
        return self._known(session, admitted, query)

    def _known(self, session: HostedSession, admitted: Admitted, query: OnlookerQuery) -> Answer:
        """What the server knows without looking for it."""
        revision = session.state.revision
        match query:
            case DescribeType():
                definition = self._catalogue.definition(*query.type)
                return Answer(revision, encode_definition(definition), format="definition")
            case FetchBlob():
                return Answer(revision, session.blobs.content(query.sha256), format="value")
            case ReadLog():
                log = session.log.newest(query.after_revision, query.most)
                return Answer(revision, encode_log(log), format="log")
            case ServerStatus():
                status = self._status(admitted.session)
                return Answer(revision, encode_status(status), format="status")
            case _:
                assert_never(query)

    async def _invited(
        self,
        session: HostedSession,
        participant: ParticipantId,
        admitted: Admitted,
        invite: Invite,
    ) -> Answer:
        """The policy has nothing against inviting; whom, is for the kernel to say."""
        state = session.state
        check_invite(state, participant, invite)
        try:
            await self._admission.check_still(admitted, session.name)
        except AuthenticationFailedError as error:
            why = f"who could not come back lets in nobody else: {error}"
            raise NotAllowedError(state.name_of(participant), "let others in", why) from None
        try:
            invitation = await self._invitations.of(session.name, invite.role)
        except (
            InvalidValueError,
            OSError,
        ) as error:  # the file's: that is no participant's business
            log.error("%s", error)
            raise RefusedError("no link can be made: see the server's log") from None
        note_invitation(session.name, participant, state.name_of(participant), invitation)
        return Answer(state.revision, encode_invitation(invitation), format="invitation")

    def check(self, session: HostedSession, participant: ParticipantId, query: str) -> None:
        """Raises the policy's refusal of a query of this name, if there is one."""
        self._check(session.state, participant, query)

    def _check(self, state: State, participant: ParticipantId, query: str) -> None:
        refusal = self._policy.permits(state, participant, AskQuery(query))
        if refusal is not None:
            raise refusal

    def steers(self, session: HostedSession, participant: ParticipantId) -> bool:
        """Whether the policy lets a participant change what all share."""
        if participant not in session.state.participants:
            return False
        try:
            return self._policy.permits(session.state, participant, Edit(())) is None
        except Exception:
            log.exception("session %s: the policy failed", session.name)
            return False

    def close(self) -> None:
        """Nothing is asked any more."""
        self._listing.close()
