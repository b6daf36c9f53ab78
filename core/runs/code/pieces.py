"""The parts of a copied Python file that are the same in each: nothing untrusted is put into these texts."""

from typing import Final

JUDGE_BY_CLASS: Final = '''\
def find_faults(answer: Any) -> list[tuple[list[Any], str]]:
    """Return what is wrong with an answer: where, and why."""
    try:
        Answer.model_validate(answer)
    except ValidationError as error:
        return [(find_place(answer, fault["loc"], fault["type"]), fault["msg"]) for fault in error.errors()]
    return []


def find_place(answer: Any, steps: tuple[Any, ...], kind: str) -> list[Any]:
    """Return the path into the answer, without the types that Pydantic names in it."""
    place = []
    for step in steps:
        is_there = step in answer if isinstance(answer, dict) else isinstance(answer, list) and isinstance(step, int)
        if is_there:
            place.append(step)
            answer = answer[step]
        elif kind == "missing" and step == steps[-1]:
            place.append(step)
    return place'''
JUDGE_BY_SCHEMA: Final = '''\
def find_faults(answer: Any) -> list[tuple[list[Any], str]]:
    """Return what is wrong with an answer: where, and why."""
    faults = []
    for fault in VALIDATOR.iter_errors(answer):
        places = [*getattr(fault.kind, "unexpected", [])] or [getattr(fault.kind, "property", None)]
        faults += [([*fault.instance_path, *([] if name is None else [name])], fault.message) for name in places]
    return faults'''

READ_STRICTLY: Final = '''\
def read_answer(text: str) -> Any:
    """Return the JSON of an answer; the text itself when it is anything but JSON alone."""
    try:
        return load(text)
    except (ValueError, RecursionError):
        return text'''
LOAD: Final = '''\
def read_number(text: str) -> float:
    """Return a number; 1.0 is a whole one in JSON, NaN and infinities are none."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("no JSON number")
    return int(number) if number.is_integer() else number


def load(text: str) -> Any:
    """Return the value of a JSON text."""
    return json.loads(text, parse_float=read_number, parse_constant=read_number)'''
READ_KINDLY: Final = '''\
def read_answer(text: str) -> Any:
    """Return the JSON of an answer, out of a code fence or prose if need be; the text itself where there is none."""
    try:
        return load(text)
    except (ValueError, RecursionError):
        found = find_json(text)
    different = [value for index, value in enumerate(found) if value not in found[:index]]
    fitting = [value for value in different if not find_faults(mend(value))] or different
    return fitting[0] if len(fitting) == 1 else text


def find_json(text: str) -> list[Any]:
    """Return the JSON in code fences or, where there is none, the objects and lists among prose."""
    found = []
    for fenced in re.findall(r"^[ \\t]*```[^\\n`]*\\n(.*?)```", text, re.DOTALL | re.MULTILINE):
        with contextlib.suppress(ValueError, RecursionError):
            found.append(load(fenced))
    return found or find_among_prose(text)


def find_among_prose(text: str) -> list[Any]:
    """Return objects and lists; what stands in a bracket that opens no JSON is passed over."""
    found, end, depth = [], 0, 0
    decoder = json.JSONDecoder(parse_float=read_number, parse_constant=read_number)
    for bracket in re.finditer(r"[\\[\\]{}]", text):
        if bracket.start() < end:
            continue
        if bracket[0] in "]}":
            depth = max(0, depth - 1)
        elif depth:
            depth += 1
        else:
            try:
                value, end = decoder.raw_decode(text, bracket.start())
                found.append(value)
            except (ValueError, RecursionError):
                depth = 1
    return found'''
MEND: Final = '''\
def mend(answer: Any) -> Any:
    """Return the answer with numbers and flags written as text, and lone items of lists, taken for what was meant."""
    for _ in range(8):
        before = answer
        for place, _ in find_faults(answer):
            for meanings in list_meanings(look_up(answer, place)):
                fitting = [meant for meaning in meanings if settles(meant := put(answer, place, meaning), place)]
                if len(fitting) == 1:
                    answer = fitting[0]
                if fitting:
                    break
        if answer is before:
            break
    return answer


def list_meanings(value: Any) -> tuple[list[Any], list[Any]]:
    """Return what a value may have been meant as: by one change, and by two."""
    read: list[Any] = []
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in ("true", "false"):
            read = [text.lower() == "true"]
        elif re.fullmatch(r"-?(0|[1-9][0-9]{0,29})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", text):
            with contextlib.suppress(ValueError):
                read = [load(text)]
        may_be_item = text[:1] not in ("", "[", "{")
    else:
        may_be_item = value is not None and not isinstance(value, list)
    return ([*read, [value]], [[one] for one in read]) if may_be_item else (read, [])


def settles(answer: Any, place: list[Any]) -> bool:
    """Say whether nothing is wrong any more at a place; in a lone object put into a list something may be."""
    held = look_up(answer, place)
    is_lone_object = isinstance(held, list) and isinstance(held[0], dict)
    faults = [fault for fault, _ in find_faults(answer) if fault[: len(place)] == place]
    return not faults or (is_lone_object and place not in faults)


def look_up(answer: Any, place: list[Any]) -> Any:
    """Return what stands at a place, None where nothing does."""
    for step in place:
        try:
            answer = answer[step]
        except (KeyError, IndexError, TypeError):
            return None
    return answer


def put(answer: Any, place: list[Any], value: Any) -> Any:
    """Return a copy of the answer with another value at a place."""
    if not place:
        return value
    copy = answer.copy()
    copy[place[0]] = put(answer[place[0]], place[1:], value)
    return copy'''

FILL: Final = '''\
def show(value: Any) -> str:
    """Return a value as the prompt shows it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def write_prompt(given: Any) -> str:
    """Put the input into the template: {{field}} stands for a field of it, {{input}} for all of it."""
    fields = given if isinstance(given, dict) else {}

    def insert(match: re.Match[str]) -> str:
        if match[1] not in fields and match[1] != "input":
            raise NoAnswer(f"The prompt asks for {match[0]}, which the input does not have.")
        return show(fields.get(match[1], given))

    return re.sub(r"\\{\\{\\s*([^{}\\s](?:[^{}]*[^{}\\s])?)\\s*\\}\\}", insert, PROMPT_TEMPLATE)'''
SHOW_INPUT: Final = '''\
def write_prompt(given: Any) -> str:
    """Return the input as it is sent."""
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, indent=2)'''

NO_ANSWER: Final = '''\
class NoAnswer(Exception):
    """Another attempt would end the same way."""'''
HOOKS: Final = '''\
def build_hooks(faults: list[str]) -> Hooks[Any]:
    """Return what judges each answer; `faults` holds what was wrong with the last one."""
    hooks: Hooks[Any] = Hooks()
{ask}
    @hooks.on.after_model_request
    async def refuse_cut_answer(ctx: Any, /, *, request_context: Any, response: ModelResponse) -> ModelResponse:
        faults.clear()
        if response.finish_reason == "length":
            raise NoAnswer("The answer was cut off at the token limit, so it was not tried again.")
        return response

    @hooks.on.before_output_validate
    async def judge(ctx: Any, /, *, output_context: Any, output: Any) -> Any:
        answer = {read}
        found = find_faults(answer)[:100]
        faults[:] = ["/".join(["", *map(str, place)]) + f": {why}" for place, why in found]
        if faults:
            raise ModelRetry("\\n".join(faults))
        return answer if isinstance(answer, dict) else json.dumps(answer)

    return hooks'''
SEND_VERBATIM: Final = """
    @hooks.on.before_model_request
    async def send_schema_as_written(ctx: Any, request_context: ModelRequestContext) -> ModelRequestContext:
        parameters = request_context.model_request_parameters
        output_object = parameters.output_object and replace(parameters.output_object, json_schema=SCHEMA)
        output_tools = [replace(tool, parameters_json_schema=SCHEMA) for tool in parameters.output_tools]
        parameters = replace(parameters, output_object=output_object, output_tools=output_tools)
        return replace(request_context, model_request_parameters=parameters)
"""
MAIN: Final = '''\
async def ask(faults: list[str]) -> Any:
    """Return the answer; `faults` holds what was wrong with the last one when there is none."""
    prompt = write_prompt(INPUT)
    async with build_agent() as agent:
        result = await agent.run(prompt, capabilities=[build_hooks(faults)])
    return {answer}


def main() -> None:
    """Ask, and print the answer as JSON; without one, say why and exit with 1."""
{checks}    faults: list[str] = []
    try:
        answer = asyncio.run(ask(faults))
    except UnexpectedModelBehavior as error:
        what = "The answer did not fit in any attempt. What was wrong with the last one:"
        sys.exit("\\n".join([what, *faults]) if faults else str(error))
    except Exception as error:
        sys.exit({message})
    print(json.dumps(answer, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()'''
