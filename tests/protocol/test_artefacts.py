"""Artefacts of other compilers: what is read, and one line about each thing that is wrong."""

import json

import pytest

from isomargin.chain import Chain
from isomargin.contracts import compile_contract
from isomargin.errors import CompileError
from isomargin.protocol.artefacts import compiled_source, read_artefact

TOKEN = compile_contract("testing/Token")


def written(folder, document):
    file = folder / "Token.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return file


def foundry(**changes):
    code = {"object": f"0x{TOKEN.init_code.hex()}"}
    deployed = {"object": f"0x{TOKEN.runtime_code.hex()}"}
    return {"abi": list(TOKEN.abi), "bytecode": code, "deployedBytecode": deployed, **changes}


@pytest.mark.parametrize("document", [foundry(), foundry(bytecode=TOKEN.init_code.hex())])
def test_read_artefact__of_foundry_or_hardhat__can_be_deployed(tmp_path, document):
    artefact = read_artefact(written(tmp_path, document))
    assert (artefact.name, artefact.init_code) == ("Token", TOKEN.init_code)
    assert artefact.runtime_code == TOKEN.runtime_code
    token = Chain("revm").deploy(artefact, "Coin", "C", 6)
    assert token.call("decimals") == 6


def test_compiled_source__by_its_ending__is_compiled_or_read(tmp_path):
    file = written(tmp_path, foundry())
    assert compiled_source(file).init_code == compiled_source("testing/Token").init_code


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "not JSON"),
        ("[]", "expected an artefact with abi and bytecode.object, found no abi"),
        (foundry(abi=3), "expected an artefact with abi and bytecode.object, found no abi"),
        (foundry(abi=[{}]), "expected an ABI, found entries without a type"),
        (foundry(bytecode={}), "expected hex at bytecode.object, found none"),
        (foundry(bytecode={"object": "0x60__$aa$__"}), "bytecode.object is not linked: a library is missing"),
        (foundry(bytecode={"object": "0xzz"}), "expected hex at bytecode.object"),
    ],
)
def test_read_artefact__that_is_none__says_so_on_one_line(tmp_path, document, message):
    file = written(tmp_path, document)
    with pytest.raises(CompileError) as refusal:
        read_artefact(file)
    assert str(refusal.value).startswith(f"{file}: {message}")
    assert len(str(refusal.value).splitlines()) == 1


def test_read_artefact__no_file__says_so(tmp_path):
    with pytest.raises(CompileError, match="cannot be read: No such file"):
        read_artefact(tmp_path / "none.json")
