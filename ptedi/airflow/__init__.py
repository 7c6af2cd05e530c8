"""What Airflow needs from ptedi: assets, retry policy, local settings.  The only airflow imports outside dags/."""
