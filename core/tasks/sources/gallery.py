"""Ready shapes of an answer to start a task from.

Every shape is closed and requires all its fields, and keeps to what each provider's dialect holds a model to: where
a text may lack something, the field is null. Fields stand in the order they are best written: what is copied first,
judgements later, the reason before the verdict it is to support.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.tasks.sources.gallery_shapes import Template, choice, list_of, make_object, maybe, number, text, whole

__all__ = ["GALLERY", "Template", "get_template"]

_CONFIDENCE = whole("How sure the answer is, from 0 (a guess) to 100 (certain).", 0, 100)

# llama.cpp makes its grammar from a pattern, not from the format “email”, and knows no \s in one.
_EMAIL = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,80}\.[A-Za-z]{2,12}$"

CLASSIFICATION = Template(
    key="classification",
    title="Classification",
    purpose="Puts a text into exactly one of a few categories and says how sure that is.",
    response_schema=make_object(
        "One category for the text.",
        category=choice("The category that fits best.", "question", "complaint", "praise", "other"),
        confidence=_CONFIDENCE,
    ),
    example={"category": "complaint", "confidence": 90},
)

ENTITIES = Template(
    key="entity_extraction",
    title="Entity extraction",
    purpose="Lists the people, organizations, places, dates and amounts that a text names.",
    response_schema=make_object(
        "What the text names.",
        entities=list_of(
            make_object(
                "One entity.",
                text=text("The words as they stand in the text."),
                kind=choice("What it is.", "person", "organization", "place", "date", "amount", "other"),
                normalized=maybe(text("A standard spelling, such as 2026-03-31 for a date; null when it has none.")),
            ),
            "Every entity, in the order of the text; empty when it names none.",
        ),
    ),
    example={
        "entities": [
            {"text": "Harbor Example", "kind": "organization", "normalized": None},
            {"text": "31 March 2026", "kind": "date", "normalized": "2026-03-31"},
        ]
    },
)

SENTIMENT = Template(
    key="sentiment",
    title="Sentiment",
    purpose="Reads the mood of a text, how strong it is, and the words it shows in.",
    response_schema=make_object(
        "The mood of the text.",
        evidence=maybe(text("The few words that show the mood best, copied; null when it is neutral.")),
        sentiment=choice("The mood as a whole.", "positive", "neutral", "negative", "mixed"),
        strength=whole("How strong the mood is, from 0 (hardly there) to 10 (overwhelming).", 0, 10),
    ),
    example={"evidence": "works wonderfully", "sentiment": "positive", "strength": 8},
)

_POSITION = make_object(
    "One position.",
    description=text("What was delivered or done."),
    quantity=number("How many."),
    unit_price=number("The price of one, before tax."),
    amount=number("The price of the position, before tax."),
)

INVOICE = Template(
    key="invoice",
    title="Invoice",
    purpose="Copies the head, the lines and the totals of an invoice.",
    response_schema=make_object(
        "An invoice as it is printed.",
        invoice_number=text("The invoice number."),
        issued_on=text("The day of the invoice, as YYYY-MM-DD.", format="date"),
        due_on=maybe(text("The day payment is due, as YYYY-MM-DD; null when none is given.", format="date")),
        seller=text("The name of who sends the invoice."),
        buyer=maybe(text("The name of who is to pay; null when none is given.")),
        currency=text("The three-letter code of the currency, such as EUR.", minLength=3, maxLength=3),
        lines=list_of(
            _POSITION,
            "The positions, in the order of the invoice.",
        ),
        net_total=number("The total before tax."),
        tax_total=number("The tax; 0 when there is none."),
        gross_total=number("The total to pay."),
    ),
    example={
        "invoice_number": "2026-0117",
        "issued_on": "2026-03-31",
        "due_on": "2026-04-30",
        "seller": "Birch Example",
        "buyer": "Lakeside Example",
        "currency": "EUR",
        "lines": [{"description": "Map prints", "quantity": 4, "unit_price": 12.5, "amount": 50}],
        "net_total": 50,
        "tax_total": 9.5,
        "gross_total": 59.5,
    },
)

CONTACT = Template(
    key="contact",
    title="Contact",
    purpose="Finds a person in a note or a signature, and how to reach them.",
    response_schema=make_object(
        "A person; what the text does not say is null.",
        full_name=text("The person's full name."),
        email=maybe(text("The email address.", format="email", pattern=_EMAIL)),
        phone=maybe(text("The telephone number, as written.")),
        company=maybe(text("The company or organization.")),
        job_title=maybe(text("What the person does there.")),
        address=maybe(
            make_object(
                "The postal address.",
                street=maybe(text("Street and number.")),
                postcode=maybe(text("The postcode.")),
                city=maybe(text("The city.")),
                country=maybe(text("The country.")),
            )
        ),
    ),
    example={
        "full_name": "Robin Vale",
        "email": "robin.vale@example.com",
        "phone": None,
        "company": "Lakeside Example",
        "job_title": "analytics lead",
        "address": None,
    },
)

TOPICS = Template(
    key="topic_list",
    title="Topic list",
    purpose="Names the topics of a text, the most important first.",
    response_schema=make_object(
        "The topics of the text.",
        topics=list_of(
            make_object(
                "One topic.",
                name=text("The topic in one to three words."),
                weight=whole("How much of the text is about it, in percent.", 0, 100),
            ),
            "One to eight topics, the most important first, none twice.",
            minItems=1,
            maxItems=8,
        ),
    ),
    example={"topics": [{"name": "export", "weight": 70}, {"name": "speed", "weight": 30}]},
)

YES_NO = Template(
    key="yes_no",
    title="Yes or no, with a reason",
    purpose="Answers a yes-or-no question about a text, with the passage that settles it.",
    response_schema=make_object(
        "The answer to the question.",
        quote=maybe(text("The passage that settles it, copied; null when there is none.")),
        reason=text("Why, in one sentence."),
        answer=choice("The answer; unclear when the text does not settle it.", "yes", "no", "unclear"),
    ),
    example={
        "quote": "Please send one payment back.",
        "reason": "The writer asks for money to be returned.",
        "answer": "yes",
    },
)

RUBRIC = Template(
    key="scored_rubric",
    title="Scored rubric",
    purpose="Grades a text by several criteria, each with its reason before its score.",
    response_schema=make_object(
        "The grades.",
        criteria=list_of(
            make_object(
                "The grade by one criterion.",
                criterion=text("The name of the criterion, as in the prompt."),
                reason=text("What speaks for and against, in one or two sentences."),
                score=whole("From 1 (not met) to 5 (fully met).", 1, 5),
            ),
            "One entry for each criterion that the prompt names, in its order.",
            minItems=1,
        ),
        overall=whole("The text as a whole, from 1 to 5.", 1, 5),
    ),
    example={
        "criteria": [{"criterion": "clarity", "reason": "Short sentences; one term is not explained.", "score": 4}],
        "overall": 4,
    },
)

TRANSLATION = Template(
    key="translation",
    title="Translation",
    purpose="Translates a text, names the language it was in, and lists what was hard to carry over.",
    response_schema=make_object(
        "The translated text.",
        source_language=text("The two-letter code of the language of the text, such as de.", minLength=2, maxLength=2),
        translation=text("The whole text in the language asked for."),
        notes=list_of(
            {"type": "string"}, "What is ambiguous or was adapted, one sentence each; empty when nothing is."
        ),
    ),
    example={"source_language": "de", "translation": "The export is finished.", "notes": []},
)

SUMMARY = Template(
    key="summary",
    title="Summary",
    purpose="Sums a text up in a headline, a short paragraph and its key points.",
    response_schema=make_object(
        "The text, shorter.",
        headline=text("The text in at most ten words."),
        key_points=list_of({"type": "string"}, "Two to seven points, one sentence each.", minItems=2, maxItems=7),
        summary=text("The text in two to four sentences."),
    ),
    example={
        "headline": "Exports stop at 80 percent",
        "key_points": ["Every CSV export stops at 80 percent.", "The month cannot be closed."],
        "summary": "CSV exports stop before they are complete. The team cannot close the month until this is mended.",
    },
)

ACTION_ITEMS = Template(
    key="action_items",
    title="Action items",
    purpose="Lists what is to be done after a meeting or a thread, by whom and until when.",
    response_schema=make_object(
        "What is to be done.",
        items=list_of(
            make_object(
                "One task.",
                task=text("What is to be done, beginning with a verb."),
                owner=maybe(text("Who does it; null when nobody was named.")),
                due_on=maybe(text("Until when, as YYYY-MM-DD; null when no day was named.", format="date")),
                status=choice("How far it is.", "open", "in progress, on hold", "done"),
            ),
            "Every task agreed on, in order; empty when there is none.",
        ),
    ),
    example={"items": [{"task": "Send the offer", "owner": "Sam Ortiz", "due_on": "2026-09-30", "status": "open"}]},
)

GALLERY: Final[tuple[Template, ...]] = (
    CLASSIFICATION,
    ENTITIES,
    SENTIMENT,
    INVOICE,
    CONTACT,
    TOPICS,
    YES_NO,
    RUBRIC,
    TRANSLATION,
    SUMMARY,
    ACTION_ITEMS,
)
"""The shapes, in the order they are shown."""

_BY_KEY: Final[Mapping[str, Template]] = MappingProxyType({template.key: template for template in GALLERY})


def get_template(key: str) -> Template:
    """Return a shape by its key. Raises: KeyError: there is none."""
    return _BY_KEY[key]
