"""Trains the ticket classifier from the tickets and writes it to models/."""

import joblib
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline


def train() -> None:
    tickets = pd.read_csv("data/tickets.csv")
    classifier = make_pipeline(TfidfVectorizer(max_features=200), LogisticRegression(max_iter=200))
    classifier.fit(tickets["message"], tickets["topic"])
    joblib.dump(classifier, "models/intent.pkl")


if __name__ == "__main__":
    train()
