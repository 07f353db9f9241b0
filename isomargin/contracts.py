"""Find and compile Vyper sources; what was compiled once is read from a disk cache, without the compiler."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from isomargin.errors import CompileError

__all__ = [
    "CompiledContract",
    "cache_directory",
    "compile_contract",
    "compiler_outputs",
    "contracts_root",
    "hold_sources",
    "source_files",
]

_CACHE_FORMAT = 1  # raise it when an entry's content changes its meaning
_OPTIMISATIONS = ("gas", "codesize", "none")
_OUTPUTS = ("abi", "bytecode", "bytecode_runtime", "layout", "method_identifiers", "source_map_runtime")
_LISTED_ERROR = re.compile(r'^(\w+): (.*?)\n\s*contract "(.+?):(\d+)"', re.MULTILINE | re.DOTALL)
_ABSENT = ""  # stands for the hash of a file that is not there


@dataclass(frozen=True, eq=False)
class CompiledContract:
    """What the compiler makes of one contract.

    Attributes
    ----------
    name : str
        File name without suffix, for example ``"Market"``.
    abi : tuple of dict
        The ABI as JSON gives it.
    init_code : bytes
        Creation code, to be followed by the encoded constructor arguments.
    runtime_code : bytes
        Code after creation, without the immutables that the constructor appends.
    method_identifiers : mapping
        Selector by signature, as ``0x`` and eight hex digits.
    storage_layout : mapping
        Vyper's layout of storage, transient storage and code (immutables).
    source_map_runtime : mapping
        Vyper's source map of the runtime code.
    source : Path or None
        The file that was compiled.
    optimize : str
        How.
    search_paths : tuple of Path
        Where its imports were looked for before the packaged contracts.
    """

    name: str
    abi: tuple[dict[str, Any], ...] = field(repr=False)
    init_code: bytes = field(repr=False)
    runtime_code: bytes = field(repr=False)
    method_identifiers: Mapping[str, str] = field(repr=False)
    storage_layout: Mapping[str, Any] = field(repr=False)
    source_map_runtime: Mapping[str, Any] = field(repr=False)
    source: Path | None = field(default=None, repr=False)
    optimize: str = field(default="gas", repr=False)
    search_paths: tuple[Path, ...] = field(default=(), repr=False)

    def blueprint_init_code(self) -> bytes:
        """Return the creation code of an ERC-5202 blueprint, which stores `init_code` behind ``FE7100``."""
        blueprint = b"\xfe\x71\x00" + self.init_code
        # PUSH2 length, then copy everything behind these ten bytes and return it
        return b"\x61" + len(blueprint).to_bytes(2, "big") + bytes.fromhex("3d81600a3d39f3") + blueprint


def contracts_root() -> Path:
    """Return the folder of the packaged contracts: inside an installed wheel, or next to the package.

    Raises
    ------
    CompileError
        If there is none.
    """
    package = Path(__file__).resolve().parent
    for candidate in (package / "_contracts", package.parent / "contracts"):
        if (candidate / "interfaces").is_dir():
            return candidate
    raise CompileError(f"no contracts in {package / '_contracts'} or {package.parent / 'contracts'}")


def cache_directory() -> Path:
    """Return the cache folder: ``$ISOMARGIN_CACHE``, or the user's own place for caches."""
    if chosen := os.environ.get("ISOMARGIN_CACHE"):
        return Path(chosen)
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared) / "isomargin"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "isomargin" / "cache"
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "isomargin"


def compile_contract(
    path: str | Path, *, optimize: str = "gas", search_paths: Sequence[Path] = ()
) -> CompiledContract:
    """Compile a Vyper source, or read what compiling these very sources gave before.

    Parameters
    ----------
    path : str or Path
        Text is looked for below `search_paths`, then below the packaged contracts, then as a file:
        ``"market/Market"`` or ``"market/Market.vy"``. A `Path` is looked for as a file first.
    optimize : str
        ``"gas"``, ``"codesize"`` or ``"none"``.
    search_paths : sequence of Path
        Where imports are looked for before the packaged contracts; the first has precedence.

    Raises
    ------
    CompileError
        If the source is missing or does not compile: one line, with file and line where known.
    """
    if optimize not in _OPTIMISATIONS:
        raise CompileError(f"unknown optimisation {optimize!r}, expected one of: {', '.join(_OPTIMISATIONS)}")
    if _held is None:
        return _compiled(path, optimize, search_paths)
    asked = (path, optimize, tuple(search_paths))
    if asked not in _held:
        _held[asked] = _compiled(path, optimize, search_paths)
    return _held[asked]


_held: dict[tuple[str | Path, str, tuple[Path, ...]], CompiledContract] | None = None


def hold_sources() -> None:
    """From now on read each source once: for a process that deploys the same system many times.

    What is changed on disk afterwards is not seen by this process.
    """
    global _held  # noqa: PLW0603  # of the process, as the disk cache is of the machine
    _held = {} if _held is None else _held


def _compiled(path: str | Path, optimize: str, search_paths: Sequence[Path]) -> CompiledContract:
    places = [Path(place).resolve() for place in search_paths]
    source = _find_source(path, [*places, contracts_root()])
    sources = _Sources([*places, contracts_root(), *_library_paths()], source)
    folder = cache_directory() / _cache_key(source, sources, optimize)
    for entry in sorted(folder.glob("*.json")):
        if (contract := _read_entry(entry, sources)) is not None:
            break
    else:
        contents = _compile(source, sources, optimize)
        _write_entry(folder, sources.trace, contents)
        contract = _contract(contents)
    return replace(contract, source=source, optimize=optimize, search_paths=tuple(places))


def compiler_outputs(
    path: Path, formats: Sequence[str], *, optimize: str = "gas", search_paths: Sequence[Path] = ()
) -> dict[str, Any]:
    """Return outputs of the compiler, as its own ``-f`` names them; never cached.

    Parameters are those of `compile_contract`; so are the errors.
    """
    places = [Path(place).resolve() for place in search_paths]
    source = _find_source(path, [*places, contracts_root()])
    sources = _Sources([*places, contracts_root(), *_library_paths()], source)
    return _compile(source, sources, optimize, tuple(formats))


def source_files(path: Path, *, optimize: str = "gas", search_paths: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Return every file that compiling a source reads, packaged contracts and libraries left out.

    Parameters are those of `compile_contract`; so are the errors.
    """
    places = [Path(place).resolve() for place in search_paths]
    packaged = [contracts_root(), *_library_paths()]
    source = _find_source(path, [*places, contracts_root()])
    sources = _Sources([*places, *packaged], source)
    _compile(source, sources, optimize, ("abi",))
    read = {sources.file(label) for label, found in sources.trace.items() if found != _ABSENT}
    return tuple(sorted(file for file in {source, *read} if not _is_below(file, packaged)))


def _is_below(file: Path, folders: Sequence[Path]) -> bool:
    return any(file.is_relative_to(folder) for folder in folders)


def _find_source(path: str | Path, places: Sequence[Path]) -> Path:
    name = Path(path)
    candidates = [place / name for place in places]
    candidates.insert(0 if isinstance(path, Path) else len(candidates), name)
    for candidate in candidates:
        for file in (candidate, Path(f"{candidate}.vy")):
            if file.is_file():
                return file.resolve()
    raise CompileError(f"no Vyper source {str(path)!r}; looked for: {', '.join(map(str, candidates))}")


@cache
def _library_paths() -> tuple[Path, ...]:
    """Return the folder that holds snekmate, found without importing it."""
    spec = find_spec("snekmate")
    locations = spec.submodule_search_locations if spec else None
    return tuple(Path(location).resolve().parent for location in locations or ())


@cache
def _compiler_version() -> str:
    return metadata.version("vyper")


# Disk cache: <key>/<hash of the trace>.json. The key names what is asked for; the trace lists every file
# that the compiler read or missed on its way through the imports, with its hash. An entry holds as long as
# each of them still reads the same, so a changed, new or removed import is a miss, and no import statement
# is ever parsed here. Paths are kept relative to the search paths: a copied source tree hits as well.


class _Sources:
    """The files of one compilation, named relative to the search paths, and the trace of what was read."""

    def __init__(self, search_paths: Sequence[Path], source: Path) -> None:
        self.search_paths = search_paths
        self.bases = [*search_paths, source.parent]
        self.trace: dict[str, str] = {}
        self._hashes: dict[str, str] = {}

    def label(self, file: Path) -> str:
        """Name a file by the innermost of the bases that holds it; by its full path if none does."""
        holders = [number for number, base in enumerate(self.bases) if file.is_relative_to(base)]
        if not holders:
            return str(file)
        number = max(holders, key=lambda holder: len(self.bases[holder].parts))
        return f"{number}:{file.relative_to(self.bases[number]).as_posix()}"

    def layout(self) -> list[list[str]]:
        """Say which bases lie within which: only in the same layout do labels mean the same files."""
        return [
            [
                f"{number}:{inner.relative_to(outer).as_posix()}"
                for number, outer in enumerate(self.bases)
                if inner.is_relative_to(outer)
            ]
            for inner in self.bases
        ]

    def is_unchanged(self, trace: Mapping[str, str]) -> bool:
        """Tell whether every file of a trace reads as it did."""
        return all(self._hash_now(label) == expected for label, expected in trace.items())

    def file(self, label: str) -> Path:
        """The file that a label names."""
        number, _, rest = label.partition(":")
        return self.bases[int(number)] / rest if number.isdigit() and rest else Path(label)

    def _hash_now(self, label: str) -> str:
        if label not in self._hashes:
            self._hashes[label] = _hash_file(self.file(label))
        return self._hashes[label]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _hash_file(file: Path) -> str:
    try:
        return _hash(file.read_text())
    except (OSError, UnicodeDecodeError):
        return _ABSENT


def _cache_key(source: Path, sources: _Sources, optimize: str) -> str:
    described = [_CACHE_FORMAT, _compiler_version(), optimize, sources.label(source), sources.layout()]
    return _hash(json.dumps([*described, _hash_file(source)]))[:32]


def _read_entry(entry: Path, sources: _Sources) -> CompiledContract | None:
    """Return an entry's contract; None if it is damaged or its sources have changed."""
    try:
        checksum, body = entry.read_text().split("\n", 1)
        if _hash(body) != checksum:
            return None
        trace, contents = body.split("\n", 1)
        return _contract(json.loads(contents)) if sources.is_unchanged(json.loads(trace)) else None
    except (OSError, ValueError):
        return None


def _write_entry(folder: Path, trace: Mapping[str, str], contract: Mapping[str, Any]) -> None:
    names = json.dumps(trace, sort_keys=True)
    body = f"{names}\n{json.dumps(contract)}"
    entry = folder / f"{_hash(names)[:32]}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # written aside and renamed: whoever reads meanwhile sees the whole of the old or of the new
        handle, draft = tempfile.mkstemp(dir=folder, suffix=".draft")
        with os.fdopen(handle, "w") as file:
            file.write(f"{_hash(body)}\n{body}")
        Path(draft).replace(entry)
    except OSError:
        pass  # a cache that cannot be written costs time, not the run


def _contract(contents: Mapping[str, Any]) -> CompiledContract:
    return CompiledContract(
        name=contents["name"],
        abi=tuple(contents["abi"]),
        init_code=bytes.fromhex(contents["bytecode"].removeprefix("0x")),
        runtime_code=bytes.fromhex(contents["bytecode_runtime"].removeprefix("0x")),
        method_identifiers={  # the compiler drops leading zeros
            signature: f"0x{int(selector, 16):08x}"
            for signature, selector in contents["method_identifiers"].items()
        },
        storage_layout=contents["layout"],
        source_map_runtime=contents["source_map_runtime"],
    )


# The compiler


def _compile(
    source: Path, sources: _Sources, optimize: str, outputs: Sequence[str] = _OUTPUTS
) -> dict[str, Any]:
    """Run the compiler, leaving in `sources` the trace of all that it looked for."""
    from vyper.compiler import compile_from_file_input
    from vyper.compiler.input_bundle import CompilerInput, FilesystemInputBundle, _NotFound
    from vyper.compiler.settings import OptimizationLevel, Settings

    class TracingBundle(FilesystemInputBundle):  # type: ignore[misc]
        def _normalize_path(self, path: Path) -> Path:
            try:
                found: Path = super()._normalize_path(path)
            except _NotFound:
                sources.trace[sources.label(Path(os.path.normpath(path)))] = _ABSENT
                raise
            return found

        def _load_from_path(self, resolved_path: Path, original_path: Path) -> CompilerInput:
            loaded = super()._load_from_path(resolved_path, original_path)
            sources.trace[sources.label(resolved_path)] = _hash(loaded.contents)
            return loaded

    bundle = TracingBundle(list(reversed(sources.search_paths)))  # the compiler searches from the last
    settings = Settings(optimize=OptimizationLevel.from_string(optimize))
    try:
        with warnings.catch_warnings(action="ignore"):
            made = compile_from_file_input(
                bundle.load_file(source), input_bundle=bundle, settings=settings, output_formats=outputs
            )
    except Exception as error:  # the compiler's own bugs come as any exception
        raise CompileError(_one_line(error, source)) from None
    # through JSON, so that a first compilation and a cached one are alike to the last key
    contents: dict[str, Any] = json.loads(json.dumps({"name": source.stem, **made}))
    return contents


def _one_line(error: Exception, source: Path) -> str:
    """Write a compiler error as ``file:line: kind: message``; of several, the first in the source."""
    kind = type(error).__name__
    file, line = _place_of(error, source)
    message = str(getattr(error, "message", error))
    if several := _LISTED_ERROR.findall(message):  # listed from the last to the first
        kind, message, name, number = several[-1]
        file, line = Path(name).resolve(), int(number)
    elif hint := getattr(error, "hint", None):
        message = f"{message} (hint: {hint})"
    text = " ".join(message.split("(<unknown>")[0].split())
    more = f" (and {len(several) - 1} more)" if len(several) > 1 else ""
    return f"{_shown(file)}:{line}: {kind}: {text}{more}" if line else f"{_shown(file)}: {kind}: {text}"


def _place_of(error: Exception, source: Path) -> tuple[Path, int | None]:
    annotations = getattr(error, "annotations", None) or ()
    for annotation in annotations:
        node = annotation[1] if isinstance(annotation, tuple) else annotation
        module = getattr(node, "module_node", None)
        file = getattr(module, "resolved_path", None) or getattr(error, "resolved_path", None)
        return Path(file or source), node.lineno
    return source, getattr(error, "lineno", None)


def _shown(file: Path) -> str:
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)
