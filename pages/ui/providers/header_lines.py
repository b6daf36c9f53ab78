"""Extra headers as lines of text, as a person writes them into the form: `X-Team: data`."""

from pydantic import SecretStr, TypeAdapter, ValidationError

from core.errors import Detail, InvalidInputError
from core.providers.records import HeaderName, HeaderValue

_FIELD = "headers"
_MOST = 20
_NAMES: TypeAdapter[str] = TypeAdapter(HeaderName)
_VALUES: TypeAdapter[SecretStr] = TypeAdapter(HeaderValue)


def read_header_lines(text: str) -> dict[str, SecretStr]:
    """Return the headers by name; blank lines are passed over.

    Raises: InvalidInputError: a line cannot be read; the detail is about the field `headers` and names the line, never
    what stands after the colon.
    """
    headers = dict[str, SecretStr]()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, value = _read_line(line.strip(), number)
        if name.lower() in (given.lower() for given in headers):
            raise _refuse(f"Line {number}: the header {name} stands there twice. Remove one.")
        headers[name] = value
    if len(headers) > _MOST:
        raise _refuse(f"These are {len(headers)} headers; at most {_MOST} can be sent.")
    return headers


def _read_line(line: str, number: int) -> tuple[str, SecretStr]:
    name, colon, value = line.partition(":")
    if not colon:
        raise _refuse(f"Line {number} has no colon. Write “Name: value”.")
    try:
        return _NAMES.validate_python(name.strip()), _VALUES.validate_python(value.strip())
    except ValidationError as error:
        # The finding about a name quotes the name only; the one about a value quotes nothing.
        told = error.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Value error, ")
        raise _refuse(f"Line {number}: {told}") from None


def _refuse(message: str) -> InvalidInputError:
    return InvalidInputError(message, details=[Detail(place=_FIELD, message=message)])
