"""Commands and groups that read Helm's grammar.

A command is a function. Its annotations say which groups of flags it takes::

    @command(usage="[NAME] CHART", examples="pypkg template web ./web -f prod.yaml")
    def template(arguments: Arguments, settings: Settings, values: ValueFlags) -> None:
        '''Print what a chart renders to.'''
"""

from pypkg.cli.grammar.base import Call, HelmGrammar
from pypkg.cli.grammar.command import Arguments, Command, CommandFailedError, command
from pypkg.cli.grammar.group import Group

__all__ = [
    "Arguments",
    "Call",
    "Command",
    "CommandFailedError",
    "Group",
    "HelmGrammar",
    "command",
]
