"""Every code action that a program works out, in the order in which editors list them."""

from __future__ import annotations

from pylot.actions.offer import Refactoring

REFACTORINGS: tuple[Refactoring, ...] = ()
