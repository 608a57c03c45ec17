"""Ask for a policy's facts in a FHIR Questionnaire, and read the responses."""

from collections.abc import Iterator
from typing import Any

from boundaryethics import (
    Fact,
    Policy,
    Problem,
    Situation,
    SituationError,
    Vocabulary,
)

#: In each FHIR release, the type of a question with coded answers.
TYPES = {"R4": "choice", "R5": "coding"}
EXTENSION = "http://hl7.org/fhir/StructureDefinition/questionnaire"
CONTROL = "http://hl7.org/fhir/questionnaire-item-control"
FORM = "urn:boundaryethics:questionnaire:"
SYSTEM = "urn:boundaryethics:fact:"
RESPONSE = "QuestionnaireResponse"
#: The statuses of a response whose answers count.
STATUSES = ("in-progress", "completed", "amended", "stopped")
Json = dict[str, Any]


def questionnaire(policy: Policy, release: str = "R4") -> Json:
    """Return a Questionnaire with the facts of *policy*, in order and in groups."""
    if release not in TYPES:
        message = f"the FHIR release must be {' or '.join(TYPES)}"
        raise ValueError(message)
    conditions = _conditions(policy.vocabulary)
    items = []
    for group, facts in policy.vocabulary.by_group:
        asked = [_item(fact, TYPES[release], conditions[fact.name]) for fact in facts]
        if group:
            link, text = f"group:{group.id}", group.title or group.id
            asked = [{"linkId": link, "text": text, "type": "group", "item": asked}]
        items += asked
    return {
        "resourceType": "Questionnaire",
        "url": f"{FORM}{policy.id}",
        "version": f"{policy.fingerprint[:8]}-{policy.text_fingerprint[:8]}",
        "title": policy.title,
        "status": "active",
        "item": items,
    }


def _item(fact: Fact, kind: str, conditions: list[Json]) -> Json:
    item = {
        "linkId": fact.name,
        "text": fact.question or fact.name,
        "type": kind,
        "required": False,  # no answer means unknown
        "answerOption": [{"valueCoding": _coding(fact, v)} for v in fact.values],
    }
    if conditions:
        item |= {"enableWhen": conditions, "enableBehavior": "all"}
    if fact.help:
        control = {"coding": [{"system": CONTROL, "code": "help"}]}
        shown = {"linkId": f"help:{fact.name}", "text": fact.help, "type": "display"}
        as_help = _extension("itemControl", valueCodeableConcept=control)
        item["item"] = [{**shown, "extension": [as_help]}]
    if not fact.question:  # no longer asked, but earlier answers are still read
        item["extension"] = [_extension("hidden", valueBoolean=True)]
    return item


def _extension(name: str, **value: object) -> Json:
    return {"url": f"{EXTENSION}-{name}", **value}


def _coding(fact: Fact, value: str) -> Json:
    """Return *value* as a Coding; each fact has its own code system."""
    return {
        "system": f"{SYSTEM}{fact.name}",
        "code": value,
        "display": fact.label(value),
    }


def _conditions(vocabulary: Vocabulary) -> dict[str, list[Json]]:
    """Return the conditions for asking each question: no other answer rules it out."""
    conditions: dict[str, list[Json]] = {name: [] for name in vocabulary}
    blank = vocabulary.situation({})
    for other in vocabulary.facts:
        for value in blank.values_possible_for(other.name):
            known = blank.with_facts(**{other.name: value})
            answer = {"operator": "!=", "answerCoding": _coding(other, value)}
            for name in vocabulary:
                if name != other.name and not known.values_possible_for(name):
                    conditions[name].append({"question": other.name, **answer})
    return conditions


def response(situation: Situation, form: Json) -> Json:
    """Return the known facts of *situation* as a response to a Questionnaire."""
    known = situation.known()

    def filled(items: list[Json]) -> Iterator[Json]:
        for item in items:
            head = {"linkId": item["linkId"], "text": item["text"]}
            options = item.get("answerOption", [])
            code = known.get(item["linkId"])
            if answer := [o for o in options if o["valueCoding"]["code"] == code]:
                yield {**head, "answer": answer}
            elif inner := [*filled(item.get("item", []))]:
                yield {**head, "item": inner}

    items = [*filled(form["item"])]
    return {
        "resourceType": RESPONSE,
        "questionnaire": f"{form['url']}|{form['version']}",
        "status": "completed",
        **({"item": items} if items else {}),  # FHIR forbids empty lists
    }


def situation(response: Json, policy: Policy) -> Situation:
    """Return the situation in a QuestionnaireResponse.

    Raises:
        SituationError: *response* is a different type of resource, answers a different
            Questionnaire, was entered in error, or is not valid FHIR; or a question is
            unknown or an answer is invalid. The error does not quote any answer,
            because an answer may be free text.
    """
    if problems := [*_problems_of_resource(response, FORM + policy.id)]:
        raise SituationError(problems)
    answers: dict[str, list[Json]] = {}
    parts = [(RESPONSE, response)]
    for place, part in parts:
        given = _inner(place, part, "answer")
        parts += [*_inner(place, part, "item"), *given]
        match part.get("linkId"):
            case str(name) if given:
                answers[name] = answers.get(name, []) + [answer for _, answer in given]
            case _ if given:
                raise SituationError([_invalid(f"{place}.linkId must be text")])
    faults = {name: _fault(name, given) for name, given in answers.items()}
    stated = {
        name: None if faults[name] else given[0]["valueCoding"]["code"]
        for name, given in answers.items()
    }
    problems = [
        _invalid(fault, name)
        for name, fault in faults.items()
        if fault and name in policy.vocabulary
    ]
    problems += policy.vocabulary.validate(stated, show_values=False)
    if problems:
        raise SituationError(problems)
    return policy.vocabulary.situation(stated)


def _problems_of_resource(resource: object, form: str) -> Iterator[Problem]:
    """Yield what is wrong with *resource*, apart from its answers."""
    if not isinstance(resource, dict) or resource.get("resourceType") != RESPONSE:
        yield _invalid(f"the resource must be a {RESPONSE}")
        return
    status = resource.get("status")
    if status == "entered-in-error":
        yield _invalid("the response was entered in error, so its answers do not count")
    elif status not in STATUSES:
        yield _invalid(f"{RESPONSE}.status must be one of {', '.join(STATUSES)}")
    answered = resource.get("questionnaire", form)
    if not (isinstance(answered, str) and answered.partition("|")[0] == form):
        yield _invalid(f"the response must be to the questionnaire {form}")


def _inner(place: str, part: Json, key: str) -> list[tuple[str, Json]]:
    """Return the objects in the list *key* of *part*, each with its FHIRPath."""
    match part.get(key, []):
        case list(inner) if all(isinstance(one, dict) for one in inner):
            return [(f"{place}.{key}[{n}]", one) for n, one in enumerate(inner)]
        case _:
            raise SituationError([_invalid(f"{place}.{key} must be a list of objects")])


def _invalid(message: str, *path: str) -> Problem:
    return Problem(code="FHIR", message=message, path=path)


def _fault(name: str, answers: list[Json]) -> str:
    """Return what is wrong with the answers for fact *name*, or an empty string."""
    match answers:
        case [{"valueCoding": {"system": system, "code": str()}}]:
            wrong = f"the code system of `{name}` must be `{SYSTEM}{name}`"
            return "" if system == SYSTEM + name else wrong
        case [_]:
            return f"the answer to `{name}` must be a code with its system"
        case _:
            return f"`{name}` must have one answer, not {len(answers)}"
