"""A chart's README as HTML that may be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import OptionsDict

MAX_BYTES = 512 * 1024
_TAGS = set(
    "a abbr b blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 h6"  # noqa: SIM905 - a list of words
    " hr i kbd li ol p pre s samp span strong sub summary sup table tbody td th thead"
    " tr ul var".split()
)
_ATTRIBUTES = {"a": {"href", "title"}, "td": {"align"}, "th": {"align"}}
_SCHEMES = {"http", "https", "mailto"}


def html(text: str) -> Markup:
    """Render Markdown, and take out all that could do something.

    Nothing is loaded from elsewhere: a picture becomes a link to it.

    Args:
        text: Markdown as README.md has it, with HTML in it or not.
    """
    import nh3  # noqa: PLC0415 - only pages need it
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only pages need it

    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.add_render_rule("image", _picture)
    clean = nh3.clean(
        parser.render(text[:MAX_BYTES]),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="nofollow noopener noreferrer",
    )
    # nh3 has left nothing but the tags above.
    return Markup(clean)  # noqa: S704 - sanitised above


def _picture(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    _env: MutableMapping[str, Any],
) -> str:
    token = tokens[index]
    label = token.content or "picture"
    return str(Markup('<a href="{}">{}</a>').format(token.attrGet("src") or "", label))
