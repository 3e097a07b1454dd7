"""Facts, queries, answers and failures, to protobuf and back."""

from __future__ import annotations

from typing import assert_never

from collab_kernel.core.facts import ArrayInformation, Camera, DataInformation, Derived, Progress
from collab_kernel.core.invitations import Invite
from collab_kernel.core.messages import AnswerPart, Question
from collab_kernel.core.queries import (
    Answer,
    DescribeType,
    FetchBlob,
    FetchData,
    FileEntry,
    FileList,
    FitCamera,
    Hit,
    ListFiles,
    Pick,
    ReadLog,
    RenderImage,
    SaveData,
    Selected,
    SelectedIds,
    SelectOn,
    ServerStatus,
    UpdatePipeline,
)
from collab_kernel.core.scene import DescribeScene, FetchGeometry
from collab_kernel.core.spreadsheet import FetchRows
from collab_kernel.errors import (
    CollabError,
    Fact,
    PipelineFailedError,
    RemoteProtocolError,
    error_of,
)
from collab_kernel.wire.invitations import role_of
from collab_kernel.wire.operations import fill_named, read_named
from collab_kernel.wire.spreadsheet import fill_fetch_rows, read_fetch_rows
from collab_proto.v1 import wire_pb2 as pb

MAX_FACTS = 32
MAX_TEXT_CHARACTERS = 4_000
"""Of an error: it may name what somebody sent, however long."""


def fill_failure(message: pb.Failure, error: CollabError) -> None:
    message.code = error.code
    message.text = str(error)[:MAX_TEXT_CHARACTERS]
    for name, value in error.facts.items():
        fact = message.facts.add(name=name)
        if isinstance(value, str):
            fact.text = value
        elif isinstance(value, int):
            fact.integer = value
        else:
            fact.number = value


def read_failure(message: pb.Failure) -> CollabError:
    facts: dict[str, Fact] = {}
    for m in message.facts[:MAX_FACTS]:
        match m.WhichOneof("value"):
            case "text":
                facts[m.name] = m.text
            case "integer":
                facts[m.name] = m.integer
            case "number":
                facts[m.name] = m.number
    return error_of(message.code, message.text, facts)


# -- facts ---------------------------------------------------------------------------------


def _fill_information(message: pb.DataInformation, info: DataInformation) -> None:
    message.type = info.type
    message.bounds.extend(info.bounds)
    message.points = info.points
    message.cells = info.cells
    message.memory_bytes = info.memory_bytes
    message.time_steps.extend(info.time_steps)
    message.extent.extend(info.extent)
    for array in info.arrays:
        message.arrays.add(
            name=array.name,
            association=array.association,
            type=array.type,
            components=array.components,
            tuples=array.tuples,
            minimum=array.minimum,
            maximum=array.maximum,
        )


def _read_information(m: pb.DataInformation) -> DataInformation:
    arrays = tuple(
        ArrayInformation(
            a.name,
            a.association,
            a.type,
            a.components,
            a.tuples,
            tuple(a.minimum),
            tuple(a.maximum),
        )
        for a in m.arrays
    )
    return DataInformation(
        m.type,
        tuple(m.bounds),
        m.points,
        m.cells,
        m.memory_bytes,
        arrays,
        tuple(m.time_steps),
        tuple(m.extent),
    )


def fill_derived(message: pb.Derived, derived: Derived) -> None:
    message.proxy = derived.proxy
    message.revision = derived.revision
    for info in derived.ports:
        _fill_information(message.ports.add(), info)
    if derived.error:
        fill_failure(message.failure, PipelineFailedError(derived.error))


def read_derived(m: pb.Derived) -> Derived:
    error = m.failure.text if m.HasField("failure") else ""
    return Derived(m.proxy, m.revision, tuple(map(_read_information, m.ports)), error)


def fill_progress(message: pb.Progress, progress: Progress) -> None:
    message.proxy = progress.proxy
    message.fraction = progress.fraction
    message.text = progress.text


def read_progress(m: pb.Progress) -> Progress:
    return Progress(m.proxy, m.fraction, m.text)


# -- queries and answers -------------------------------------------------------------------


def _fill_camera(message: pb.Camera, camera: Camera) -> None:
    message.position.extend(camera.position)
    message.focal_point.extend(camera.focal_point)
    message.view_up.extend(camera.view_up)
    message.view_angle = camera.view_angle
    message.parallel_scale = camera.parallel_scale
    message.parallel_projection = camera.parallel_projection


def _read_camera(m: pb.Camera) -> Camera:
    vectors = [tuple(v) for v in (m.position, m.focal_point, m.view_up)]
    if any(len(v) != 3 for v in vectors):
        raise RemoteProtocolError("a camera's vectors have three numbers each")
    position, focal_point, view_up = vectors
    return Camera(
        position,  # type: ignore[arg-type]  # three each, as checked
        focal_point,  # type: ignore[arg-type]
        view_up,  # type: ignore[arg-type]
        m.view_angle,
        m.parallel_scale,
        m.parallel_projection,
    )


def fill_question(message: pb.Query, question: Question) -> None:
    message.query = question.number
    match question.query:
        case RenderImage(view, width, height, format, quality, camera, own, stream, key):
            r = message.render_image
            r.view, r.width, r.height, r.format, r.quality = view, width, height, format, quality
            r.stream, r.key = stream, key
            fill_named(r.own_values, own)
            if camera is not None:
                _fill_camera(r.camera, camera)
        case UpdatePipeline(proxy):
            message.update_pipeline.proxy = proxy
        case FitCamera(view, camera, aspect):
            message.fit_camera.view, message.fit_camera.aspect = view, aspect
            if camera is not None:
                _fill_camera(message.fit_camera.camera, camera)
        case FetchData(proxy, port):
            message.fetch_data.proxy, message.fetch_data.port = proxy, port
        case FetchRows():
            fill_fetch_rows(message.fetch_rows, question.query)
        case DescribeType((group, type)):
            message.describe_type.type.group, message.describe_type.type.type = group, type
        case FetchBlob(sha256):
            message.fetch_blob.sha256 = sha256
        case Pick(view, x, y, width, height, camera):
            p = message.pick
            p.view, p.x, p.y, p.width, p.height = view, x, y, width, height
            if camera is not None:
                _fill_camera(p.camera, camera)
        case SelectOn(view, rectangle, association, through, width, height, camera):
            o = message.select_on
            o.view, o.association, o.through = view, association, through
            o.rectangle.extend(rectangle)
            o.width, o.height = width, height
            if camera is not None:
                _fill_camera(o.camera, camera)
        case SaveData(proxy, port, file_name, replace, options):
            s = message.save_data
            s.proxy, s.port, s.file_name, s.replace = proxy, port, file_name, replace
            fill_named(s.options, options)
        case ListFiles(path, all):
            message.list_files.path, message.list_files.all = path, all
            message.list_files.SetInParent()
        case ServerStatus():
            message.server_status.SetInParent()
        case ReadLog(after_revision, most):
            message.read_log.SetInParent()
            message.read_log.after_revision, message.read_log.most = after_revision, most
        case Invite(role):
            message.invite.role = int(role)  # type: ignore[assignment]  # the stub has a class
        case DescribeScene(view, max_bytes):
            message.describe_scene.view, message.describe_scene.max_bytes = view, max_bytes
        case FetchGeometry(sha256):
            message.fetch_geometry.sha256 = sha256
        case _:
            assert_never(question.query)


def read_question(message: pb.Query) -> Question:
    number = message.query
    match message.WhichOneof("kind"):
        case "render_image":
            r = message.render_image
            camera = _read_camera(r.camera) if r.HasField("camera") else None
            own = read_named(r.own_values)
            size = (r.width, r.height)
            image = RenderImage(r.view, *size, r.format, r.quality, camera, own, r.stream, r.key)
            return Question(number, image)
        case "update_pipeline":
            return Question(number, UpdatePipeline(message.update_pipeline.proxy))
        case "fit_camera":
            f = message.fit_camera
            camera = _read_camera(f.camera) if f.HasField("camera") else None
            return Question(number, FitCamera(f.view, camera, f.aspect or 1.0))
        case "fetch_data":
            return Question(number, FetchData(message.fetch_data.proxy, message.fetch_data.port))
        case "fetch_rows":
            return Question(number, read_fetch_rows(message.fetch_rows))
        case "describe_type":
            t = message.describe_type.type
            return Question(number, DescribeType((t.group, t.type)))
        case "fetch_blob":
            return Question(number, FetchBlob(message.fetch_blob.sha256))
        case "pick":
            p = message.pick
            camera = _read_camera(p.camera) if p.HasField("camera") else None
            return Question(number, Pick(p.view, p.x, p.y, p.width, p.height, camera))
        case "select_on":
            o = message.select_on
            camera = _read_camera(o.camera) if o.HasField("camera") else None
            rectangle = tuple(o.rectangle)
            return Question(
                number,
                SelectOn(o.view, rectangle, o.association, o.through, o.width, o.height, camera),
            )
        case "save_data":
            s = message.save_data
            options = read_named(s.options)
            return Question(number, SaveData(s.proxy, s.port, s.file_name, s.replace, options))
        case "list_files":
            return Question(number, ListFiles(message.list_files.path, message.list_files.all))
        case "read_log":
            log = message.read_log
            return Question(number, ReadLog(log.after_revision, log.most))
        case "server_status":
            return Question(number, ServerStatus())
        case "invite":
            return Question(number, Invite(role_of(message.invite.role)))
        case "describe_scene":
            d = message.describe_scene
            return Question(number, DescribeScene(d.view, d.max_bytes))
        case "fetch_geometry":
            return Question(number, FetchGeometry(message.fetch_geometry.sha256))
        case other:
            raise RemoteProtocolError(f"query {other!r} is unknown here")


def encode_files(files: FileList) -> bytes:
    message = pb.FileList(complete=files.complete)
    for entry in files.entries:
        message.entries.add(name=entry.name, is_folder=entry.is_folder, size_bytes=entry.size_bytes)
    return message.SerializeToString()


def decode_files(data: bytes) -> FileList:
    message = pb.FileList.FromString(data)
    entries = tuple(FileEntry(e.name, e.is_folder, e.size_bytes) for e in message.entries)
    return FileList(entries, message.complete)


def encode_selected(selected: Selected) -> bytes:
    message = pb.SelectedData(frustum=selected.frustum, complete=selected.complete)
    for s in selected.data:
        message.data.add(
            representation=s.representation, proxy=s.proxy, port=s.port, block=s.block, ids=s.ids
        )
    return message.SerializeToString()


def decode_selected(data: bytes) -> Selected:
    message = pb.SelectedData.FromString(data)
    found = tuple(
        SelectedIds(s.representation, s.proxy, s.port, s.block, tuple(s.ids)) for s in message.data
    )
    return Selected(found, tuple(message.frustum), message.complete)


def _fill_hit(message: pb.Hit, hit: Hit) -> None:
    message.representation, message.proxy, message.port = hit.representation, hit.proxy, hit.port
    message.block, message.association, message.array = hit.block, hit.association, hit.array
    message.text = hit.text
    message.position.extend(hit.position)
    message.numbers.extend(hit.numbers)
    if hit.point is not None:
        message.point = hit.point
    if hit.cell is not None:
        message.cell = hit.cell
    message.SetInParent()  # that nothing is there is an answer, too


def _read_hit(m: pb.Hit) -> Hit:
    return Hit(
        m.representation,
        m.proxy,
        m.port,
        m.block,
        m.point if m.HasField("point") else None,
        m.cell if m.HasField("cell") else None,
        tuple(m.position),
        m.association,
        m.array,
        tuple(m.numbers),
        m.text,
    )


def fill_part(message: pb.Answer, part: AnswerPart) -> None:
    message.query = part.number
    message.part = part.data
    message.last = part.last
    if part.error is not None:
        fill_failure(message.failure, part.error)
    if part.answer is not None:
        answer, head = part.answer, message.head
        message.revision = answer.revision
        head.format, head.width, head.height = answer.format, answer.width, answer.height
        if answer.camera is not None:
            _fill_camera(head.camera, answer.camera)
        if answer.derived is not None:
            fill_derived(head.derived, answer.derived)
        fill_named(head.values, answer.values)
        if answer.hit is not None:
            _fill_hit(head.hit, answer.hit)


def read_part(m: pb.Answer) -> AnswerPart:
    answer = None
    if m.HasField("head"):
        head = m.head
        answer = Answer(
            m.revision,
            b"",
            head.format,
            head.width,
            head.height,
            _read_camera(head.camera) if head.HasField("camera") else None,
            read_derived(head.derived) if head.HasField("derived") else None,
            read_named(head.values),
            _read_hit(head.hit) if head.HasField("hit") else None,
        )
    error = read_failure(m.failure) if m.HasField("failure") else None
    return AnswerPart(m.query, m.part, m.last, answer, error)
