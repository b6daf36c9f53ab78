"""The example workspace a first start is seeded with: its content as plain data, nothing that stores it.

The model behind it has 135 million parameters. It keeps to a shape when the prompt shows two to four worked
examples, and it writes fields in the order of the schema: short, certain fields come first.
"""

from dataclasses import dataclass

from pydantic import JsonValue

from core.providers.builtin_server import MODEL_NAME


@dataclass(frozen=True)
class ExampleAgent:
    """An agent of the example workspace. `max_tokens` is per answer; `retries` counts attempts after the first."""

    name: str
    description: str
    system_prompt: str
    user_prompt_template: str
    model_name: str = MODEL_NAME
    temperature: float = 0.0
    max_tokens: int = 200
    retries: int = 2


@dataclass(frozen=True)
class ExampleInput:
    """One input to try. `content` is an object when the task has a request schema, else plain text."""

    title: str
    content: str | dict[str, JsonValue]


@dataclass(frozen=True)
class ExampleTask:
    """A task of the example workspace. A `request_schema` of None means the input is plain text."""

    name: str
    description: str
    response_schema: dict[str, JsonValue]
    request_schema: dict[str, JsonValue] | None
    sample_inputs: tuple[ExampleInput, ...]


@dataclass(frozen=True)
class ExampleAssignment:
    """One agent may do one task, both by name."""

    agent_name: str
    task_name: str


@dataclass(frozen=True)
class ExampleWorkspace:
    """Everything a first start seeds. The first assignment with its first input is the one to try first."""

    provider_name: str
    agents: tuple[ExampleAgent, ...]
    tasks: tuple[ExampleTask, ...]
    assignments: tuple[ExampleAssignment, ...]


# llama.cpp builds its grammar from `pattern` but not from the format "email", so both stand in the schema. The counts
# keep a small model from writing one address without end.
EMAIL_PATTERN = r"^[A-Za-z0-9]{1,16}([._-][A-Za-z0-9]{1,16}){0,2}@[A-Za-z0-9]{1,20}\.[a-z]{2,6}$"

SUPPORT_TRIAGE_PROMPT = """\
You sort support tickets. Answer with one short JSON object.
category is billing, bug, feature request or account. priority is 1 (can wait) to 5 (work has stopped).
confidence is a number from 0 to 1. summary is one short sentence.

Subject: Charged twice in May
Message: Our card was charged twice for the May invoice. Please refund one.
{"category": "billing", "priority": 3, "confidence": 0.95, "summary": "The May invoice was charged twice."}

Subject: Export stops at 80 percent
Message: Every CSV export stops at 80 percent and we cannot close the month.
{"category": "bug", "priority": 5, "confidence": 0.9, "summary": "CSV exports stop at 80 percent."}

Subject: Dark mode
Message: It would be nice to have a dark mode for the night shift.
{"category": "feature request", "priority": 1, "confidence": 0.85, "summary": "Wants a dark mode."}

Subject: Locked out
Message: My password reset link has expired and I cannot sign in.
{"category": "account", "priority": 4, "confidence": 0.9, "summary": "Cannot sign in."}
"""

TEXT_EXTRACTOR_PROMPT = """\
You copy facts from a short text into one short JSON object. A fact that is not in the text is null.

Text: Setup took five minutes and everything just worked.
{"sentiment": "positive", "stars": null, "topic": "setup"}

Text: Lee Park, buyer at Harbor Example, wants a price list for maps and exports. Write to lee@example.org \
before 2026-07-15.
{"name": "Lee Park", "email": "lee@example.org", "company": {"name": "Harbor Example", "role": "buyer"}, \
"interests": ["maps", "exports"], "follow_up_on": "2026-07-15"}

Text: The import is slow and stops twice a day. 2 stars.
{"sentiment": "negative", "stars": 2, "topic": "import"}

Text: Dana Field, head of data at Northwind Example, dana.field@example.com. She likes charts. Call her on 2026-03-02.
{"name": "Dana Field", "email": "dana.field@example.com", \
"company": {"name": "Northwind Example", "role": "head of data"}, "interests": ["charts"], "follow_up_on": "2026-03-02"}

Text: I love the new charts. Great work!
{"sentiment": "positive", "stars": null, "topic": "charts"}
"""

SUPPORT_TRIAGE = ExampleAgent(
    name="Support triage",
    description="Sorts support tickets by kind and urgency. Its prompt carries four worked examples.",
    system_prompt=SUPPORT_TRIAGE_PROMPT,
    user_prompt_template="Subject: {{subject}}\nMessage: {{message}}",
)

TEXT_EXTRACTOR = ExampleAgent(
    name="Text extractor",
    description="Copies facts from a short text. Its prompt carries worked examples for both of its tasks.",
    system_prompt=TEXT_EXTRACTOR_PROMPT,
    user_prompt_template="Text: {{input}}",
)

TICKET_TRIAGE = ExampleTask(
    name="Ticket triage",
    description="Decide what a support ticket is about and how urgent it is.",
    request_schema={
        "type": "object",
        "properties": {
            "subject": {"type": "string", "description": "The subject line of the ticket.", "maxLength": 200},
            "message": {"type": "string", "description": "What the customer wrote.", "maxLength": 4000},
        },
        "required": ["subject", "message"],
        "additionalProperties": False,
    },
    response_schema={
        "type": "object",
        "properties": {
            "category": {
                "type": "string",
                "enum": ["billing", "bug", "feature request", "account"],
                "description": "What the ticket is about.",
            },
            "priority": {
                "type": "integer",
                "minimum": 1,
                "maximum": 5,
                "description": "From 1 (can wait) to 5 (work has stopped).",
            },
            "confidence": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "description": "How sure the agent is, from 0 to 1.",
            },
            "summary": {"type": "string", "maxLength": 100, "description": "The ticket in one short sentence."},
        },
        "required": ["category", "priority", "confidence", "summary"],
        "additionalProperties": False,
    },
    sample_inputs=(
        ExampleInput(
            title="A double charge",
            content={
                "subject": "Invoice charged twice",
                "message": "Our card was charged twice for the March invoice. Please send one payment back.",
            },
        ),
        ExampleInput(
            title="A wish",
            content={
                "subject": "Shortcut for filters",
                "message": "It would be nice to have a keyboard shortcut that clears all filters.",
            },
        ),
        ExampleInput(
            title="A locked account",
            content={
                "subject": "Cannot sign in",
                "message": "My new password does not work and I am locked out.",
            },
        ),
    ),
)

CONTACT_EXTRACTION = ExampleTask(
    name="Contact extraction",
    description="Find a person in a note: where they work, how to reach them, what they want and when to follow up.",
    request_schema=None,
    response_schema={
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 60, "description": "The person's full name."},
            "email": {
                "type": "string",
                "format": "email",
                "pattern": EMAIL_PATTERN,
                "description": "The person's email address.",
            },
            "company": {
                "type": "object",
                "description": "Where the person works.",
                "properties": {
                    "name": {"type": "string", "maxLength": 60, "description": "The company's name."},
                    "role": {"type": "string", "maxLength": 60, "description": "What the person does there."},
                },
                "required": ["name", "role"],
                "additionalProperties": False,
            },
            "interests": {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "maxLength": 40},
                "maxItems": 4,
                "description": "What the person asked about.",
            },
            "follow_up_on": {"type": "string", "format": "date", "description": "The day to follow up, as YYYY-MM-DD."},
        },
        "required": ["name", "email", "company", "interests", "follow_up_on"],
        "additionalProperties": False,
    },
    sample_inputs=(
        ExampleInput(
            title="After a trade fair",
            content="Robin Vale, analytics lead at Lakeside Example, robin.vale@example.com. Asked about forecasts and "
            "alerts. Meet on 2026-05-11.",
        ),
        ExampleInput(
            title="After a call",
            content="Sam Ortiz, purchasing manager at Birch Example, sam.ortiz@example.org. Interested in licences. "
            "Send the offer by 2026-09-30.",
        ),
        ExampleInput(
            title="From a handover",
            content="Kim Reyes, data engineer at Maple Example, would like to see connectors. Write to kim@example.net "
            "before 2026-06-08.",
        ),
    ),
)

FEEDBACK_SENTIMENT = ExampleTask(
    name="Feedback sentiment",
    description="Read one line of customer feedback: its mood, the stars if any were given, and its topic.",
    request_schema=None,
    response_schema={
        "type": "object",
        "properties": {
            "sentiment": {
                "type": "string",
                "enum": ["positive", "neutral", "negative"],
                "description": "The mood of the text.",
            },
            "stars": {
                "type": ["integer", "null"],
                "minimum": 1,
                "maximum": 5,
                "description": "The stars given, from 1 to 5; null when the text names none.",
            },
            "topic": {"type": "string", "maxLength": 60, "description": "What the text is about, in a few words."},
        },
        "required": ["sentiment", "stars", "topic"],
        "additionalProperties": False,
    },
    sample_inputs=(
        ExampleInput(title="Praise without a rating", content="The new search is wonderful. Thank you!"),
        ExampleInput(title="Praise with a rating", content="Support was quick and friendly. 5 stars."),
        ExampleInput(title="A complaint", content="The mobile app is slow and logs me out."),
    ),
)

EXAMPLE_WORKSPACE = ExampleWorkspace(
    provider_name="Built-in model",
    agents=(SUPPORT_TRIAGE, TEXT_EXTRACTOR),
    tasks=(TICKET_TRIAGE, CONTACT_EXTRACTION, FEEDBACK_SENTIMENT),
    assignments=(
        ExampleAssignment(agent_name=SUPPORT_TRIAGE.name, task_name=TICKET_TRIAGE.name),
        ExampleAssignment(agent_name=TEXT_EXTRACTOR.name, task_name=CONTACT_EXTRACTION.name),
        ExampleAssignment(agent_name=TEXT_EXTRACTOR.name, task_name=FEEDBACK_SENTIMENT.name),
    ),
)
