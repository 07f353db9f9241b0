"""Who may talk to a node on this machine: a web page from elsewhere may not, by whatever name it calls it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

__all__ = ["AccessRules"]

_ANY = "*"


@dataclass(frozen=True)
class AccessRules:
    """Hosts and origins that are let in, besides those of this machine.

    A page that has its own name point at 127.0.0.1 (DNS rebinding) sends that name as Host; one that calls
    straight away sends its Origin. Programs send no Origin at all.

    Attributes
    ----------
    hosts : collection of str
        Names or addresses, without port; ``"*"`` means all. A wildcard address such as ``"0.0.0.0"`` lets in
        every address, but no name.
    origins : collection of str
        As browsers write them, ``"https://app.example.org"``; ``"*"`` means all.
    """

    hosts: Collection[str] = ()
    origins: Collection[str] = ()

    def allows_host(self, header: str | None) -> bool:
        """Judge a Host header; a request of old clients may have none."""
        if not header or _ANY in self.hosts:
            return True
        name = _name_of(header)
        if name is None:
            return False
        if _is_loopback(name) or name in {host.lower().strip("[]") for host in self.hosts}:
            return True
        return _is_address(name) and any(_is_wildcard(host) for host in self.hosts)

    def allows_origin(self, header: str | None) -> bool:
        """Judge an Origin header."""
        if header is None or _ANY in self.origins or header in self.origins:
            return True
        try:
            name = urlsplit(header).hostname
        except ValueError:
            return False
        return name is not None and _is_loopback(name)


def _name_of(header: str) -> str | None:
    try:
        return urlsplit(f"//{header}").hostname
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    return name == "localhost" or (_is_address(name) and ip_address(name).is_loopback)


def _is_wildcard(host: str) -> bool:
    return _is_address(host.strip("[]")) and ip_address(host.strip("[]")).is_unspecified
