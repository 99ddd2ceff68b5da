-- The first half of customers.sql: a CSV file becomes messages. Run it again with another file to send more:
--
--   weir run --drain -v CUSTOMERS=customers.csv local.sql produce.sql

CREATE FOREIGN TABLE customers_csv (id text, first_name text, last_name text, email text, age text, location text)
  SERVER local OPTIONS (path '${CUSTOMERS:-s3://snowflake-assignments-mc/gettingstarted/customers.csv}',
                        fallback '${WEIR_SHARE}/customers/customers.csv', timeout '5 s',
                        format 'csv', header 'true', bounded 'true');

CREATE FOREIGN TABLE customers_raw (id text, first_name text, last_name text, email text, age text, location text)
  SERVER bus OPTIONS (topic 'customers-raw', format 'json', on_error 'null');
COMMENT ON FOREIGN TABLE customers_raw IS 'Every customer as it came, one JSON object a message';

INSERT INTO customers_raw SELECT id, first_name, last_name, email, age, location FROM customers_csv;
