-- The second half of customers.sql: waits for messages, and sorts each as it comes:
--
--   weir run -v CITIES=us_cities.csv local.sql process.sql

CREATE FOREIGN TABLE customers_raw (id text, first_name text, last_name text, email text, age text, location text)
  SERVER bus OPTIONS (topic 'customers-raw', format 'json', on_error 'null');
COMMENT ON FOREIGN TABLE customers_raw IS 'Every customer as it came, one JSON object a message';

-- The rule. A record that is not JSON has NULL in every column, so it is not in the USA and becomes an alert.
CREATE FOREIGN TABLE us_cities_file (city text)
  SERVER local OPTIONS (path '${CITIES:-${WEIR_SHARE}/customers/us_cities.csv}', format 'csv', delimiter '|',
                        header 'true', bounded 'true');
CREATE VIEW us_cities AS SELECT upper(trim(city)) AS city FROM us_cities_file UNION ALL VALUES ('WASHINGTON');
CREATE VIEW placed AS
  SELECT *, _raw, _error,
         id IS NOT NULL AND EXISTS (SELECT 1 FROM us_cities c WHERE c.city IN
           (upper(trim(location)), upper(trim(split_part(location, ',', 1))))) AS in_usa
  FROM customers_raw;

-- In the USA: a topic, JSON parts in a directory, a table.
CREATE FOREIGN TABLE customers_usa (id text, first_name text, last_name text, age text, email text, country text)
  SERVER bus OPTIONS (topic 'customers-usa', format 'json');
COMMENT ON FOREIGN TABLE customers_usa IS 'Customers whose city is in the USA';
CREATE FOREIGN TABLE customers_usa_files (id text, first_name text, last_name text, age text, email text, country text)
  SERVER parts OPTIONS (path 'customers_usa', format 'json');
CREATE FOREIGN TABLE customers_usa_table (id text, first_name text, last_name text, age text, email text, country text,
                                          created_at timestamptz DEFAULT now())
  SERVER db OPTIONS (table 'customers_usa', key 'id');

INSERT INTO customers_usa SELECT id, first_name, last_name, age, email, location FROM placed WHERE in_usa;
INSERT INTO customers_usa_files SELECT id, first_name, last_name, age, email, location FROM placed WHERE in_usa;
INSERT INTO customers_usa_table (id, first_name, last_name, age, email, country)
  SELECT id, first_name, last_name, age, email, location FROM placed WHERE in_usa;

-- Everything else, records that could not be read and customers without a place included.
CREATE FOREIGN TABLE customers_alerts (raw bytea)
  SERVER bus OPTIONS (topic 'customers-alerts', format 'raw');
COMMENT ON FOREIGN TABLE customers_alerts IS 'All other records, their bytes unchanged';
CREATE FOREIGN TABLE customers_alerts_files (raw_value text, error text, id text, first_name text, last_name text,
                                             email text, age text, location text)
  SERVER parts OPTIONS (path 'customers_alerts', format 'json');
CREATE FOREIGN TABLE customers_alerts_table (id text, first_name text, last_name text, age text, email text, country text,
                                             created_at timestamptz DEFAULT now())
  SERVER db OPTIONS (table 'customers_alerts');

INSERT INTO customers_alerts SELECT _raw FROM placed WHERE NOT in_usa;
INSERT INTO customers_alerts_files
  SELECT weir_text(_raw), _error, id, first_name, last_name, email, age, location FROM placed WHERE NOT in_usa;
INSERT INTO customers_alerts_table (id, first_name, last_name, age, email, country)
  SELECT id, first_name, last_name, age, email, location FROM placed WHERE NOT in_usa;
