"""The ticket classifier."""

import joblib

classifier = joblib.load("models/intent.pkl")


def intent(text: str) -> str:
    return str(classifier.predict([text])[0])
