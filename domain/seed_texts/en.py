"""Texts to citizens and staff in English."""

from __future__ import annotations

from typing import Final

from models.enums import TextKind

TEXTS: Final[dict[TextKind, str]] = {
    TextKind.IDENTITY_CODE: "Your 128 identity code: {code}\nRead it out to the 128 operator only.",
    TextKind.REGISTERED: (
        "Your request is registered.\n"
        "Tracking code: {code}\n"
        "You get an answer within 3 hours.\n"
        "To ask how it stands, text us this code.\n"
        "Favad 128"
    ),
    TextKind.OUT_OF_SCOPE: (
        "128 cannot handle this matter.\nCompetent body: {body}\n{guidance}\nFavad 128"
    ),
    TextKind.QUESTION: "Case {code}\nQuestion: {question}\nPlease text your answer.\nFavad 128",
    TextKind.RESULT: "Case {code}\nResult: {result}\nFavad 128",
    TextKind.RESULT_CALL: "Favad 128. Case {code}. Result: {result}",
    TextKind.OPERATOR_TEXT: "{text}\nFavad 128",
    TextKind.SURVEY: (
        "Case {code}\n"
        "Are you satisfied with the answer?\n"
        "Text one number from 1 (very bad) to 5 (excellent).\n"
        "Favad 128\n"
        "لغو۱۱"
    ),
    TextKind.SURVEY_REMINDER: (
        "Reminder: how do you rate the handling of case {code}, from 1 (very bad) to 5 "
        "(excellent)?\n"
        "Favad 128\n"
        "لغو۱۱"
    ),
    TextKind.SURVEY_CLARIFY: (
        "Please text only one number for case {code}, from 1 (very bad) to 5 (excellent).\n"
        "Favad 128"
    ),
    TextKind.SURVEY_COMMENT: (
        "Thank you for your rating.\nIf you wish to add anything, write it here.\nFavad 128"
    ),
    TextKind.SURVEY_THANKS: "Your rating of case {code} is recorded. Thank you.\nFavad 128",
    TextKind.SURVEY_REOPENED: (
        "Case {code} was referred to a higher level to be handled again.\n"
        "What is not solved?\n"
        "Favad 128"
    ),
    TextKind.SURVEY_REOPENED_THANKS: (
        "Case {code} was referred with your comment to a higher level to be handled again.\n"
        "Favad 128"
    ),
    TextKind.SURVEY_FINAL: (
        "Your rating of case {code} is recorded. The national centre has given its final "
        "verdict on this case.\n"
        "Favad 128"
    ),
    TextKind.SURVEY_CORRECTED: "Your rating of case {code} was corrected to {rating}.\nFavad 128",
    TextKind.STATUS: "Case {code}: {status}\nFavad 128",
    TextKind.STATUS_UNKNOWN: "No case with code {code} was found for this number.\nFavad 128",
    TextKind.RECEIVED: (
        "Your message has arrived and an operator will read it.\nTo talk to us, call 128."
    ),
    TextKind.WITHDRAWN: "Case {code} was ended at your request.\nFavad 128",
    TextKind.DUPLICATE: (
        "Case {code} was joined to an earlier case about the same matter.\nFavad 128"
    ),
    TextKind.STAFF_BREACH: (
        "{count} cases passed the 3-hour limit: {codes}\nPlease state why in the 128 system."
    ),
}
